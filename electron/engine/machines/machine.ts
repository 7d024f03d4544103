/** What a file that describes a virtual machine says: of the machine, and of the files beside it that it is made of. */
import type { ByteSource } from '../bytes/source.ts';

export interface Machine {
  readonly name: string | null;
  /** The operating system, in the words of who wrote the file. */
  readonly guest: string | null;
  readonly vcpus: number | null;
  readonly memoryBytes: number | null;
  /** Hard disks with all that they stand on, in the order of the file. */
  readonly disks: readonly string[];
  /** CD and floppy images: other machines may use them, too. */
  readonly media: readonly string[];
  /** What else is the machine's own, where it is there: firmware variables, lists of snapshots. */
  readonly state: readonly string[];
}

export interface MachineDriver<Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  /** Without the dot. */
  readonly extensions: readonly string[];
  /** By content. `start` is the file's beginning as text, one character per byte. */
  probe(start: string, file: ByteSource): boolean;
  /** Names are as the file spells them. @throws Failure `package.malformed`. */
  read(file: ByteSource): Machine;
}

/** No machine has more; the rest of a file that says so is passed over. */
export const mostFiles = 1000;

/** A whole number above zero; null for anything else. */
export function count(text: string | null | undefined): number | null {
  return /^[1-9]\d{0,15}$/.test(text?.trim() ?? '') ? Number(text) : null;
}
