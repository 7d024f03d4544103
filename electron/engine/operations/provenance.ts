/** Where a prepared file comes from, as JSON: its source, what was done, every digest. The same work gives the same text. */
import { basename } from 'node:path';
import { statSync } from 'node:fs';
import type { PreparationWork, PreparedFile } from '#shared/domain/preparation.ts';
import { messagesInWords } from '#shared/text/in-words.ts';
import { sourceName } from '../pipeline/open.ts';

/** A file that was read for the work. */
export interface SourceFile {
  readonly path: string;
  readonly sha256: string;
}

/** The text of the provenance file. The first source is the one that the person named. Secrets have no place in it. @throws Error of `stat` for a source that is gone. */
export function provenanceText(
  work: PreparationWork,
  files: readonly Omit<PreparedFile, 'allocatedBytes'>[],
  sources: readonly SourceFile[],
): string {
  const { outputs, cloud, cloudTitle, steps, metadata, tool } = work;
  const [source, ...further] = sources.map(sourceStatement);
  const statement = {
    preparedBy: tool,
    preparedFor: { cloud, title: cloudTitle },
    source,
    // Extents, data files, parents, the disks of a descriptor.
    ...(further.length === 0 ? {} : { furtherSources: further }),
    steps,
    files: files.map((file, index) => {
      const output = outputs[index]!;
      const { snapshot, grown } = output.source;
      return {
        file: basename(file.path),
        role: file.role,
        from: basename(sourceName(output.source)),
        ...(snapshot === undefined ? {} : { snapshot }),
        ...(grown === undefined ? {} : { grownToWhole: grown }),
        format: file.format,
        variant: file.variant,
        wrapper: file.wrapper,
        options: output.target.options ?? {},
        sizeBytes: file.fileSizeBytes,
        virtualSizeBytes: file.virtualSizeBytes,
        sha256: file.sha256,
        contentSha256: file.contentSha256,
        readBack: file.verified,
        ...(file.parts === undefined
          ? {}
          : { parts: file.parts.map(({ path, ...part }) => ({ file: basename(path), ...part })) }),
      };
    }),
    metadata,
  };
  return `${JSON.stringify(statement, messagesInWords, 2)}\n`;
}

function sourceStatement({ path, sha256 }: SourceFile) {
  const { size, mtime } = statSync(path);
  return { file: basename(path), sizeBytes: size, modifiedAt: mtime.toISOString(), sha256 };
}
