/** What lies beside prepared files: checksums, provenance, what joins parts again, and the texts of the plan. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import {
  type ChecksumAlgorithm,
  type PreparationWork,
  type PreparedFile,
  type PreparedText,
} from '#shared/domain/preparation.ts';
import { FileSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import { openDisk, openSource } from '../pipeline/open.ts';
import { joinScripts } from './join-scripts.ts';
import { provenanceText, type SourceFile } from './provenance.ts';

type DescribedFile = Omit<PreparedFile, 'allocatedBytes'>;

/** A file that has been written, and where its bytes lie before it has its name. */
export interface WrittenFile {
  readonly file: DescribedFile;
  readonly partialPath: string;
}

const checksumsName = (name: string, algorithm: ChecksumAlgorithm): string => `${name}.${algorithm}`;
const partChecksumsName = (name: string): string => `${name}.parts.sha256`;
const provenanceName = (name: string): string => `${name}.provenance.json`;

const algorithmsOf = ({ checksums }: PreparationWork): readonly ChecksumAlgorithm[] =>
  checksums ?? ['sha256'];

/** The names of all that documentsOf() gives. */
export function documentNames(work: PreparationWork): readonly string[] {
  const { name, splitBytes, texts } = work;
  return [
    ...algorithmsOf(work).map((algorithm) => checksumsName(name, algorithm)),
    ...(splitBytes === undefined
      ? []
      : [partChecksumsName(name), ...joinScripts(name, []).map(({ fileName }) => fileName)]),
    provenanceName(name),
    ...texts.map(({ fileName }) => fileName),
  ];
}

/** The texts, the checksums first. Reads the files where digests are missing. @throws Failure `io.*`, `operation.cancelled`. */
export function documentsOf(
  work: PreparationWork,
  written: readonly WrittenFile[],
  control: Control,
): readonly PreparedText[] {
  const { name, splitBytes } = work;
  const files = written.map(({ file }) => file);
  return [
    ...checksumTexts(work, written, control),
    ...(splitBytes === undefined
      ? []
      : [
          {
            fileName: partChecksumsName(name),
            text: lines(files.flatMap(({ parts = [] }) => parts.map(({ path, sha256 }) => [sha256, path]))),
          },
          ...joinScripts(name, files),
        ]),
    { fileName: provenanceName(name), text: provenanceText(work, files, sourceFiles(work, control)) },
    ...work.texts,
  ];
}

function checksumTexts(
  work: PreparationWork,
  written: readonly WrittenFile[],
  control: Control,
): readonly PreparedText[] {
  const algorithms = algorithmsOf(work);
  const missing = algorithms.filter((algorithm) => algorithm !== 'sha256');
  const further = written.map(({ file, partialPath }) =>
    missing.length === 0 ? [] : fileDigests(partialPath, basename(file.path), missing, control),
  );
  return algorithms.map((algorithm) => ({
    fileName: checksumsName(work.name, algorithm),
    text: lines(
      written.map(({ file }, index) => [
        algorithm === 'sha256' ? file.sha256 : further[index]![missing.indexOf(algorithm)]!,
        file.path,
      ]),
    ),
  }));
}

/** As sha256sum writes and checks them. */
const lines = (digests: readonly (readonly [string, string] | readonly string[])[]): string =>
  digests.map(([digest, path]) => `${digest}  ${basename(path!)}\n`).join('');

/** The digests of a file's own bytes, in the order of the algorithms, in one pass. @throws Failure `io.*`, `operation.cancelled`. */
export function fileDigests(
  path: string,
  item: string,
  algorithms: readonly ChecksumAlgorithm[],
  control: Control,
): readonly string[] {
  const file = new FileSource(path, { devices: true });
  try {
    control.begin('hashing', file.sizeBytes, item);
    const hashes = algorithms.map((algorithm) => createHash(algorithm));
    const block = new Uint8Array(Math.min(hashBlockBytes, file.sizeBytes));
    for (let at = 0; at < file.sizeBytes; at += block.length) {
      control.throwIfCancelled();
      const part = block.subarray(0, Math.min(block.length, file.sizeBytes - at));
      file.read(at, part);
      for (const hash of hashes) hash.update(part);
      control.advance(part.length);
    }
    return hashes.map((hash) => hash.digest('hex'));
  } finally {
    file.close();
  }
}

const hashBlockBytes = 1 << 20;

/** Every file that the outputs were read from, the one that the person named first. */
function sourceFiles(work: PreparationWork, control: Control): readonly SourceFile[] {
  const paths = new Set([work.sourcePath]);
  for (const { source } of work.outputs) {
    for (const path of openedFiles(source, control)) {
      // What lies in an archive is called by both names; the file is the archive.
      paths.add(path.startsWith(`${source.path}:`) ? source.path : path);
    }
  }
  return [...paths].map((path) => ({
    path,
    sha256: fileDigests(path, basename(path), ['sha256'], control)[0]!,
  }));
}

/** The file itself, or the disk's: extents, data files, parents. */
function openedFiles(source: PreparationWork['outputs'][number]['source'], control: Control): string[] {
  if (source.format === 'raw') {
    const opened = openSource(source, control).source;
    opened.close();
    return [opened.path];
  }
  const disk = openDisk(source, control);
  disk.close();
  return [...disk.files];
}
