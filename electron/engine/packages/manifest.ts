/** OVF manifests (DSP0243 2.1, section 6.2): which digests they list, in every spelling, and whether the files have them. */
import { createHash, getHashes, type Hash } from 'node:crypto';
import type { Warning } from '#shared/domain/image.ts';
import type { ManifestEntryResult, ManifestResult } from '#shared/domain/package.ts';
import { inEnglish } from '#shared/in-english.ts';
import { normaliseName } from '../archives/member-name.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';

/** A manifest of a thousand chunks takes 100 KB. */
export const manifestLimitBytes = 4 << 20;
const entryLimit = 20_000;
const blockBytes = 1 << 20;
/** Longer lines are none: it keeps what the patterns below may try in bounds. */
const longestLine = 8192;

export interface ManifestEntry {
  readonly file: string;
  /** As the manifest spells it. */
  readonly algorithm: string;
  /** As node:crypto calls it; null when it is not known. */
  readonly hash: string | null;
  /** Lower-case hexadecimal. */
  readonly expected: string;
}

export interface Manifest {
  readonly entries: readonly ManifestEntry[];
  readonly warnings: readonly Warning[];
}

/** `SHA256(name)= hex`, with any spaces; the name may hold parentheses. */
const taggedLine = /^\s*([a-z][a-z0-9/-]*)\s*\((.+)\)\s*=\s*([0-9a-f]+)\s*$/i;
/** What md5sum and sha256sum print: the digest, a space, a space or an asterisk, the name. */
const plainLine =
  /^\s*([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})\s[ *]?(.+)$/i;
const algorithmOfLength: Readonly<Record<number, string>> = {
  32: 'MD5',
  40: 'SHA1',
  56: 'SHA224',
  64: 'SHA256',
  96: 'SHA384',
  128: 'SHA512',
};

/** Reads a manifest's text. Lines that are none of the known spellings are skipped, with a warning. */
export function parseManifest(text: string, manifestName: string): Manifest {
  const entries: ManifestEntry[] = [];
  const warnings: Warning[] = [];
  const own = normaliseName(manifestName);
  const seen = new Set<string>();
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (line.trim() === '') continue;
    const entry = parseLine(line);
    if (entry === null || entries.length >= entryLimit) {
      // One warning says it all: a file that is no manifest has only such lines.
      if (warnings.length === 0) {
        warnings.push({
          code: 'package.manifest-line',
          message: inEnglish('Line {number} of the manifest is not understood.', { number: index + 1 }),
        });
      }
      continue;
    }
    // A manifest cannot hold its own digest; tools that list every file of a folder write one anyway.
    if (entry.file === own) continue;
    const key = `${entry.hash ?? entry.algorithm} ${entry.expected} ${entry.file}`;
    if (!seen.has(key)) entries.push(entry);
    seen.add(key);
  }
  return { entries, warnings };
}

function parseLine(line: string): ManifestEntry | null {
  if (line.length > longestLine) return null;
  const tagged = taggedLine.exec(line);
  if (tagged !== null) {
    const [, algorithm, file, expected] = tagged as unknown as [string, string, string, string];
    return {
      file: normaliseName(file.trim()),
      algorithm,
      hash: hashName(algorithm),
      expected: expected.toLowerCase(),
    };
  }
  const plain = plainLine.exec(line);
  if (plain === null) return null;
  const [, expected, file] = plain as unknown as [string, string, string];
  const algorithm = algorithmOfLength[expected.length]!;
  return {
    file: normaliseName(file),
    algorithm,
    hash: hashName(algorithm),
    expected: expected.toLowerCase(),
  };
}

const knownHashes: ReadonlySet<string> = new Set(getHashes());

/** The name that node:crypto has for an algorithm: SHA1, SHA-1, SHA2-256 (OpenSSL 3), sha256, SHA-512/256. */
export function hashName(algorithm: string): string | null {
  const plain = algorithm
    .toLowerCase()
    .replace(/^sha-?2-/, 'sha')
    .replace(/^(sha|md)-(?=\d)/, '$1')
    .replace('/', '-');
  return knownHashes.has(plain) ? plain : null;
}

/** The files of a package as a manifest is held against them. */
export interface ManifestSubject {
  /** The file as it lies in the package; null when it is not there or may not be opened. */
  open(file: string): ByteSource | null;
  /** All files but the manifest and the certificate. */
  readonly files: readonly string[];
  /** The files without which the package is not whole. */
  readonly required: ReadonlySet<string>;
}

/**
 * Reads each listed file once and compares. The manifest holds when every digest is right and no file is missing that
 * the descriptor needs. @throws Failure `operation.cancelled`, `io.*`.
 */
export function verifyManifest(
  manifest: Manifest,
  subject: ManifestSubject,
  control: Control,
): ManifestResult {
  const byFile = new Map<string, ManifestEntry[]>();
  for (const entry of manifest.entries) byFile.set(entry.file, [...(byFile.get(entry.file) ?? []), entry]);
  const results: ManifestEntryResult[] = [];
  for (const [file, entries] of byFile) {
    control.throwIfCancelled();
    const source = subject.open(file);
    if (source === null) results.push(...entries.map((entry) => resultOf(entry, 'missing', null)));
    else results.push(...compareFile(source, entries, control));
  }
  for (const file of subject.files) {
    if (byFile.has(file)) continue;
    results.push({ file, state: 'unlisted', algorithm: null, expected: null, actual: null });
  }
  const broken = results.some(
    ({ state, file }) => state === 'mismatch' || (state === 'missing' && subject.required.has(file)),
  );
  return { state: broken ? 'mismatch' : 'valid', entries: results };
}

/** Closes `source`. A file may be listed with several algorithms: it is read once for all of them. */
function compareFile(
  source: ByteSource,
  entries: readonly ManifestEntry[],
  control: Control,
): ManifestEntryResult[] {
  const hashes = new Map<string, Hash>();
  for (const { hash } of entries) if (hash !== null) hashes.set(hash, createHash(hash));
  try {
    control.begin('hashing', source.sizeBytes, entries[0]!.file);
    const block = new Uint8Array(Math.min(blockBytes, source.sizeBytes));
    for (let at = 0; at < source.sizeBytes && hashes.size > 0; at += block.length) {
      control.throwIfCancelled();
      const part = block.subarray(0, Math.min(block.length, source.sizeBytes - at));
      source.read(at, part);
      for (const hash of hashes.values()) hash.update(part);
      control.advance(part.length);
    }
  } finally {
    source.close();
  }
  const digests = new Map([...hashes].map(([name, hash]) => [name, hash.digest('hex')]));
  return entries.map((entry) => {
    const actual = digests.get(entry.hash ?? '') ?? null;
    return resultOf(entry, actual === entry.expected ? 'valid' : 'mismatch', actual);
  });
}

function resultOf(
  entry: ManifestEntry,
  state: 'valid' | 'mismatch' | 'missing',
  actual: string | null,
): ManifestEntryResult {
  const { file, algorithm, expected } = entry;
  return { file, state, algorithm, expected, actual };
}
