/** A file that is complete but has no name yet, as parts of a size: each an output of its own, hashed as it is written. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { leastPartBytes, mostParts, type PreparedPart } from '#shared/domain/preparation.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { OutputFile } from '../bytes/output-file.ts';
import { FileSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';

const pieceBytes = 1 << 20;

export interface SplitOptions {
  readonly partBytes: number;
  readonly force: boolean;
  readonly sync: boolean;
}

export interface SplitFile {
  /** Complete, without their names. */
  readonly outputs: readonly OutputFile[];
  readonly parts: readonly PreparedPart[];
}

/** @throws Failure `input.invalid` for parts that are too small, or more than their names can count. */
export function requireParts(fileSizeBytes: number, partBytes: number): void {
  if (!Number.isSafeInteger(partBytes) || partBytes < leastPartBytes) {
    throw new Failure('input.invalid', {
      problem: inEnglish('a part has {leastPartBytes} bytes at least', { leastPartBytes }),
    });
  }
  if (Math.ceil(fileSizeBytes / partBytes) <= mostParts) return;
  throw new Failure('input.invalid', {
    problem: inEnglish('parts of {partBytes} bytes would be more than {mostParts}: choose larger ones', {
      partBytes,
      mostParts,
    }),
  });
}

/** `disk.qcow2.001` is the first part of `disk.qcow2`. */
export const partPath = (finalPath: string, index: number): string =>
  `${finalPath}.${String(index + 1).padStart(3, '0')}`;

/**
 * Writes what lies at `path` into parts beside `finalPath`. @throws Failure as requireParts(), `io.*`, `operation.cancelled`;
 * no part is left then.
 */
export function splitFile(
  path: string,
  finalPath: string,
  { partBytes, force, sync }: SplitOptions,
  control: Control,
): SplitFile {
  const source = new FileSource(path, { devices: true });
  const outputs: OutputFile[] = [];
  const parts: PreparedPart[] = [];
  try {
    requireParts(source.sizeBytes, partBytes);
    control.begin('copying', source.sizeBytes, basename(finalPath));
    for (let start = 0; start < source.sizeBytes; start += partBytes) {
      const output = new OutputFile(partPath(finalPath, parts.length), force, control);
      outputs.push(output);
      const sizeBytes = Math.min(partBytes, source.sizeBytes - start);
      const sha256 = copyPart(source, start, sizeBytes, output, control);
      if (sync) output.sync();
      parts.push({ path: output.finalPath, sizeBytes, sha256 });
    }
    return { outputs, parts };
  } catch (error) {
    for (const output of outputs) output.discard();
    throw error;
  } finally {
    source.close();
  }
}

function copyPart(
  source: FileSource,
  start: number,
  sizeBytes: number,
  output: OutputFile,
  control: Control,
): string {
  const hash = createHash('sha256');
  const piece = new Uint8Array(Math.min(pieceBytes, sizeBytes));
  for (let at = 0; at < sizeBytes; at += piece.length) {
    control.throwIfCancelled();
    const bytes = piece.subarray(0, Math.min(piece.length, sizeBytes - at));
    source.read(start + at, bytes);
    output.write(at, bytes);
    hash.update(bytes);
    control.advance(bytes.length);
  }
  return hash.digest('hex');
}
