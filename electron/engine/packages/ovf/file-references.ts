/** The files that belong to a descriptor in a folder, as it names them, without looking for any. */
import type { ByteSource } from '../../bytes/source.ts';
import type { PackageReferences } from '../driver.ts';
import { readText } from '../text-encoding.ts';
import { chunkLimit, chunkName } from './chunks.ts';
import { descendants } from './descriptor-element.ts';
import { readFileElements, type FileElement } from './file-element.ts';
import { readOperatingSystem } from './operating-systems.ts';
import { localiser } from './strings.ts';
import { parseXml, xmlLimitBytes } from './xml.ts';

/** @throws Failure `package.malformed`. */
export function descriptorReferences(file: ByteSource): PackageReferences {
  const name = file.path.replace(/^.*[/\\]/, '');
  const envelope = parseXml(readText(file, xmlLimitBytes, name), name);
  const stem = name.replace(/(?<=.)\.[^.]*$/, '');
  const [system] = descendants(envelope, 'VirtualSystem');
  // What lies in other files is not opened here.
  const localise = localiser(envelope, { text: () => null, bundle: () => null });
  return {
    files: readFileElements(envelope).flatMap(namesOf),
    optional: [`${stem}.mf`, `${stem}.cert`],
    guest: system === undefined ? null : readOperatingSystem(system, localise),
  };
}

/** One file, or all of its chunks (DSP0243 2.1, section 7.1). */
function namesOf({ href, sizeBytes, chunkBytes }: FileElement): string[] {
  const name = decoded(href);
  if (chunkBytes === null || sizeBytes === null) return [name];
  const count = Math.min(chunkLimit, Math.max(1, Math.ceil(sizeBytes / chunkBytes)));
  return Array.from({ length: count }, (_, index) => chunkName(name, index));
}

/** A reference is a URI; what is no escape stays as it is. */
function decoded(href: string): string {
  try {
    return decodeURIComponent(href);
  } catch {
    return href;
  }
}
