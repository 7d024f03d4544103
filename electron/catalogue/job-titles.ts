/** What a job is called in lists and notifications. */
import { basename } from 'node:path';
import type { JobKind, JobKinds, JobRequest } from '#shared/domain/job.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { formatName } from '#shared/domain/format-name.ts';

const titles: { readonly [K in JobKind]: (request: JobKinds[K]['request']) => Message } = {
  extract: ({ packagePath }) => inEnglish('Extract {name}', { name: basename(packagePath) }),
  convert: ({ source, target }) => {
    const name = source.member ?? basename(source.path);
    return target.format === 'as-is'
      ? inEnglish('Copy {name}', { name })
      : inEnglish('Convert {name} to {format}', { name, format: formatName(target.format) });
  },
  'verify-package': ({ packagePath }) => inEnglish('Verify {name}', { name: basename(packagePath) }),
  hash: ({ path }) => inEnglish('Hash {name}', { name: basename(path) }),
  'check-sums': ({ path }) => inEnglish('Check the checksum of {name}', { name: basename(path) }),
  create: ({ outputPath }) => inEnglish('Create {name}', { name: basename(outputPath) }),
  resize: ({ path }) => inEnglish('Resize {name}', { name: basename(path) }),
  check: ({ path }) => inEnglish('Check {name}', { name: basename(path) }),
  repair: ({ path }) => inEnglish('Repair {name}', { name: basename(path) }),
  compare: ({ first, second }) =>
    inEnglish('Compare {first} with {second}', { first: basename(first), second: basename(second) }),
  'extract-files': ({ source }) => inEnglish('Extract files from {name}', { name: basename(source.path) }),
  build: ({ outputPath }) => inEnglish('Build {name}', { name: basename(outputPath) }),
  prepare: ({ sourcePath, cloudTitle }) =>
    inEnglish('Prepare {name} for {cloud}', { name: basename(sourcePath), cloud: cloudTitle }),
  upload: ({ parts, account }) =>
    inEnglish('Upload {name} to {account}', { name: parts.at(-1)?.name ?? '', account }),
  download: ({ image, account }) =>
    inEnglish('Download {name} from {account}', { name: image.name ?? image.id, account }),
};

/** The title of such a job. */
export function titleOf({ kind, request }: JobRequest): Message {
  return (titles[kind] as (request: JobRequest['request']) => Message)(request);
}
