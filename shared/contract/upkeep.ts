/** The library file: checked, backed up, restored, written to a file and read from one. */
import { eventIterator, type } from '@orpc/contract';
import * as z from 'zod';
import type { Backup, ExchangeCounts, IntegrityCheck, UpkeepState } from '../domain/upkeep.ts';
import { call, fileName, path } from './base.ts';

export const upkeep = {
  state: call.output(type<UpkeepState>()),
  /** Tells that the state is other than before. */
  watch: call.output(eventIterator(type<'changed'>())),
  /** Reads all of the library file and says what is wrong with it. */
  verify: call.output(type<IntegrityCheck>()),
  /** Makes a backup now. */
  backUp: call.output(type<Backup>()),
  /** Makes the library what it was; what it is now is kept beside the backups. Not while jobs run. */
  restore: call.input(z.object({ name: fileName })).output(type<void>()),
  /** Writes the catalogue as JSON to a new file in a folder. */
  exportTo: call.input(z.object({ folder: path })).output(type<ExchangeCounts>()),
  /** Reads a catalogue from JSON: all of it or nothing. Not while jobs run. */
  importFrom: call
    .input(z.object({ path, mode: z.enum(['merge', 'replace']) }))
    .output(type<ExchangeCounts>()),
  /** Has the next start of Platter move the library into a folder; null: it stays where it is. */
  move: call.input(z.object({ folder: path.nullable() })).output(type<void>()),
  /** The person has read what happened to the library. */
  dismissRescue: call.output(type<void>()),
};
