/** The names that forms propose for what they make. */
import type { BuilderDescription } from '#shared/domain/build.ts';
import type { WrapperDescription } from '#shared/domain/format.ts';
import { fileNameOf } from '#shared/text/paths.ts';

function stemOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

/** `disk.vmdk` in qcow2 is `disk.qcow2`; an output that would have the source's own name is `disk-copy.qcow2`. */
export function proposedName(sourceName: string, extension: string, suffix = ''): string {
  const stem = stemOf(sourceName);
  const name = `${stem}${suffix}.${extension}`;
  return name === sourceName ? `${stem}-copy.${extension}` : name;
}

const packedEnding = /(?:\.tar)?\.(?:gz|xz|zst|bz2|lz4|lzma|tar|tgz|txz|zip)$/i;

/** A copy as it is: `disk-copy.vmdk`; what the image was packed in is taken off: `disk.vmdk` of `disk.vmdk.gz`. */
export function copyName(sourceName: string): string {
  const name = sourceName.replace(packedEnding, '');
  if (name !== sourceName && name !== '') return name;
  const stem = stemOf(sourceName);
  return `${stem}-copy${sourceName.slice(stem.length)}`;
}

/** The names of many outputs in one folder: as `propose` has them, and where two would be the same, `disk-2.qcow2`. */
export function freeNames(
  sourceNames: readonly string[],
  propose: (sourceName: string) => string,
): readonly string[] {
  const taken = new Set<string>();
  return sourceNames.map((sourceName) => {
    const proposed = propose(sourceName);
    const stem = stemOf(proposed);
    let name = proposed;
    for (let count = 2; taken.has(name.toLowerCase()); count++) {
      name = `${stem}-${count}${proposed.slice(stem.length)}`;
    }
    taken.add(name.toLowerCase());
    return name;
  });
}

/** `raw` in gzip is `raw.gz`; an archive that names its own content (`tar.gz`) stands alone. */
export function wrappedExtension(extension: string, wrapper: Pick<WrapperDescription, 'extension'>): string {
  return wrapper.extension.includes('.') ? wrapper.extension : `${extension}.${wrapper.extension}`;
}

/** A new disk: `disk.qcow2`, or `base-overlay.qcow2` over `base.qcow2`. */
export function newDiskName(backing: string | null, extension: string): string {
  return `${backing === null ? 'disk' : `${stemOf(fileNameOf(backing))}-overlay`}.${extension}`;
}

/** What is built takes its name from its first input; a folder of files says what is in it. */
export function builtName(
  { id, extensions }: Pick<BuilderDescription, 'id' | 'extensions'>,
  firstInput: string | undefined,
): string {
  const [extension] = extensions;
  const source = firstInput === undefined ? id : fileNameOf(firstInput);
  return extension === undefined ? `${stemOf(source)}-${id}` : proposedName(source, extension);
}
