/** check-sums: whether the bytes of a file are what checksums say, whatever it holds. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { JobKinds } from '#shared/domain/job.ts';
import type { SumCheck } from '#shared/domain/parts.ts';
import { systemFailure } from '#shared/failure.ts';
import { FileSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import { hashName, verifyManifest } from '../packages/manifest.ts';

/** Reads the file once, for all algorithms. @throws Failure `io.*`, `operation.cancelled`. */
export function checkSums({ path, sums }: JobKinds['check-sums']['request'], control: Control): SumCheck {
  const { size, mtimeMs } = statOf(path);
  const name = basename(path);
  const entries = sums.map(({ algorithm, expected }) => ({
    file: name,
    algorithm,
    hash: hashName(algorithm),
    expected,
  }));
  const found = verifyManifest(
    { entries, warnings: [] },
    { open: () => new FileSource(path), files: [name], required: new Set([name]) },
    control,
  );
  const results = sums.map(({ algorithm, expected }, index) => ({
    algorithm,
    expected,
    actual: found.entries[index]?.actual ?? null,
  }));
  return { path, sizeBytes: size, modifiedMilliseconds: mtimeMs, results };
}

function statOf(path: string): { readonly size: number; readonly mtimeMs: number } {
  try {
    return statSync(path);
  } catch (error) {
    throw systemFailure(error, path);
  }
}
