/** Where a prepared file comes from, as JSON: its source, what was done, every digest. The same work gives the same text. */
import { basename } from 'node:path';
import { statSync } from 'node:fs';
import type { PreparationWork, PreparedFile } from '#shared/domain/preparation.ts';
import { sourceName } from '../pipeline/open.ts';

/** The text of the provenance file. Secrets have no place in it. @throws Error of `stat` for a source that is gone. */
export function provenanceText(
  work: PreparationWork,
  files: readonly Omit<PreparedFile, 'allocatedBytes'>[],
  sourceSha256: string,
): string {
  const { sourcePath, outputs, cloud, cloudTitle, steps, metadata, tool } = work;
  const source = statSync(sourcePath);
  const statement = {
    preparedBy: tool,
    preparedFor: { cloud, title: cloudTitle },
    source: {
      file: basename(sourcePath),
      sizeBytes: source.size,
      modifiedAt: source.mtime.toISOString(),
      sha256: sourceSha256,
    },
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
      };
    }),
    metadata,
  };
  return `${JSON.stringify(statement, null, 2)}\n`;
}
