/** Media for tests: built with our builders, opened with our drivers, their trees as plain values. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { expect } from 'vitest';
import type { Builder } from '#engine/builders/driver.ts';
import { FileSource, MemorySource, readBytes } from '#engine/bytes/source.ts';
import type { FileSystemDriver, FileSystemReader } from '#engine/guests/filesystems/driver.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { FileEntry } from '#shared/domain/guest.ts';
import { Failure } from '#shared/failure.ts';
import { inWords } from '#shared/text/in-words.ts';

const silent = { throwIfCancelled: (): void => undefined };

/** Builds the only member of an assembly to `path`; the warnings' codes. Checks the size and the progress told. */
export function buildTo(
  builder: Builder,
  path: string,
  fields: OptionValues = {},
  folder?: string,
): readonly string[] {
  const defaults = Object.fromEntries(builder.fields.map((field) => [field.name, field.default]));
  const inputs = folder === undefined ? [] : [{ path: folder }];
  const assembly = builder.assemble(inputs, { ...defaults, ...fields }, 'out.iso', silent);
  const [member] = assembly.members;
  if (member?.kind !== 'stream') throw new Error('one stream was expected');
  const descriptor = openSync(path, 'w');
  let advanced = 0;
  try {
    member.write(
      {
        write: (at, bytes) => expect(writeSync(descriptor, bytes, 0, bytes.length, at)).toBe(bytes.length),
        truncate: (size) => ftruncateSync(descriptor, size),
      },
      { ...silent, advance: (bytes) => (advanced += bytes) },
    );
  } finally {
    closeSync(descriptor);
    assembly.close();
  }
  expect(advanced).toBe(member.sizeBytes);
  return assembly.warnings.map(({ code }) => code);
}

export function withFileSystem<T>(
  driver: FileSystemDriver,
  medium: string | Uint8Array,
  use: (reader: FileSystemReader) => T,
): T {
  const source = typeof medium === 'string' ? new FileSource(medium) : new MemorySource(medium);
  expect(driver.probe(source)).toBe('certain');
  const reader = driver.open(source);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

/** Everything below `path`, refused folders not entered. */
export function* walk(reader: FileSystemReader, path = ''): Iterable<FileEntry> {
  for (const entry of reader.list(path)) {
    yield entry;
    if (entry.kind === 'folder' && entry.refusal === null) yield* walk(reader, entry.path);
  }
}

/** Paths with what they hold: a folder's is '/', a link's its target after an arrow, a refused one's the reason. */
export function treeOf(reader: FileSystemReader): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const entry of walk(reader)) {
    if (entry.refusal !== null) tree[entry.path] = `! ${inWords(entry.refusal)}`;
    else if (entry.kind === 'folder') tree[entry.path] = '/';
    else if (entry.kind === 'link') tree[entry.path] = `-> ${entry.target}`;
    else tree[entry.path] = textAt(reader, entry.path);
  }
  return tree;
}

export function textAt(reader: FileSystemReader, path: string): string {
  const source = reader.open(path);
  const bytes = readBytes(source, 0, source.sizeBytes);
  source.close();
  return Buffer.from(bytes).toString('latin1');
}

/** Opens, lists and reads all; 'read' when that went well, else the failure's code. Any other error is thrown. */
export function outcomeOf(driver: FileSystemDriver, bytes: Uint8Array): string {
  try {
    const source = new MemorySource(bytes);
    if (driver.probe(source) !== 'certain') return 'not recognised';
    const reader = driver.open(source);
    let count = 0;
    for (const entry of walk(reader)) {
      if (++count > 2000) return 'endless';
      if (entry.kind !== 'file' || entry.refusal !== null || entry.sizeBytes > 1 << 20) continue;
      try {
        textAt(reader, entry.path);
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'internal') throw error;
      }
    }
    return 'read';
  } catch (error) {
    if (error instanceof Failure && error.code !== 'internal') return error.code;
    throw error;
  }
}

export function failureCodeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'none';
}
