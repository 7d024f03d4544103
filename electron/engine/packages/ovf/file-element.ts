/** The files that a descriptor lists, as it writes them (DSP0243 2.1, section 7.1). */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { attribute, children, wholeNumber } from './descriptor-element.ts';
import type { XmlElement } from './xml.ts';

/** Chunks count as one. */
const fileLimit = 4096;

/** A File element as it is written. */
export interface FileElement {
  readonly id: string;
  readonly href: string;
  readonly sizeBytes: number | null;
  readonly compression: string | null;
  readonly chunkBytes: number | null;
}

/** All files that an envelope lists, in its order. @throws Failure `package.malformed`. */
export function readFileElements(envelope: XmlElement): FileElement[] {
  const elements = children(envelope, 'References').flatMap((references) => children(references, 'File'));
  if (elements.length > fileLimit) {
    const problem = inEnglish('it lists more than {fileLimit} files', { fileLimit });
    throw new Failure('package.malformed', { structure: 'References', problem });
  }
  return elements.map((file) => {
    const href = attribute(file, 'href')?.trim() ?? '';
    const compression = attribute(file, 'compression')?.trim().toLowerCase() ?? '';
    return {
      id: attribute(file, 'id') ?? href,
      href,
      sizeBytes: wholeNumber(attribute(file, 'size')),
      compression: ['', 'identity', 'none'].includes(compression) ? null : compression,
      chunkBytes: wholeNumber(attribute(file, 'chunkSize')) || null,
    };
  });
}
