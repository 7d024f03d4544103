/** Where the descriptor of a VMDK is: a file of its own, or some sectors of a sparse extent. */
import { isFailure, type Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { encryptionMethod, parseDescriptor, type Descriptor } from './descriptor.ts';
import { isDescriptorFile, readDescriptorText } from './descriptor-text.ts';
import { sparseKind } from './disk-extents.ts';
import { malformed, maximumDescriptorBytes, sectorBytes, sparseExtentHeader, unsupported } from './layout.ts';
import { readSparseHeader, type SparseHeader } from './sparse-header.ts';

/** What such a file holds cannot be told without the descriptor: whether it has a parent, and what lies before and after it. */
export function loneExtent(): Failure<'image.unsupported'> {
  return unsupported(inEnglish('a part of a disk by itself (open the descriptor file that lists the parts)'));
}

/** The descriptor that is all of the file. @throws Failure `image.malformed`, `image.truncated`. */
export function separateDescriptor(file: ByteSource): Descriptor {
  const descriptor = parseDescriptor(readDescriptorText(file, 0, file.sizeBytes), 0);
  if (
    !descriptor.values.has('createtype') &&
    descriptor.extents.length === 0 &&
    encryptionMethod(descriptor) === null
  ) {
    throw malformed(
      'descriptor',
      'createType',
      0,
      inEnglish('it is neither a descriptor nor a sparse extent'),
    );
  }
  return descriptor;
}

/** Whether the extent has no descriptor inside: one of several parts. */
export function isLoneExtent(file: ByteSource, header: SparseHeader): boolean {
  if (header.descriptorOffset === 0) return true;
  // qemu leaves room for a descriptor in the parts of a split disk too.
  return header.descriptorOffset === 1 && embeddedText(file, header) === '';
}

/** The text of the descriptor inside an extent, one character per byte. @throws Failure `image.malformed`, `image.truncated`. */
export function embeddedText(file: ByteSource, header: SparseHeader): string {
  const { descriptorOffset, descriptorSize, fileOffset } = header;
  if (descriptorSize < 1 || descriptorSize * sectorBytes > maximumDescriptorBytes) {
    const problem = inEnglish('a descriptor of {descriptorSize} sectors cannot be', { descriptorSize });
    throw sparseExtentHeader.malformed('descriptorSize', problem, fileOffset);
  }
  return readDescriptorText(file, descriptorOffset * sectorBytes, descriptorSize * sectorBytes);
}

/** The descriptor inside an extent. @throws Failure `image.*`; `image.unsupported` for a part of a disk. */
export function embeddedDescriptor(file: ByteSource, header: SparseHeader): Descriptor {
  if (isLoneExtent(file, header)) throw loneExtent();
  const descriptor = parseDescriptor(embeddedText(file, header), header.descriptorOffset * sectorBytes);
  if (
    !descriptor.values.has('createtype') &&
    !descriptor.values.has('cid') &&
    encryptionMethod(descriptor) === null
  ) {
    throw sparseExtentHeader.malformed(
      'descriptorOffset',
      inEnglish('there is no descriptor'),
      header.fileOffset,
    );
  }
  return descriptor;
}

/** The descriptor of a file of any kind, without opening what it lists; null where it has none. */
export function descriptorOrNull(file: ByteSource): Descriptor | null {
  try {
    if (sparseKind(file) === 'hosted') return embeddedDescriptor(file, readSparseHeader(file));
    return isDescriptorFile(file) ? separateDescriptor(file) : null;
  } catch (error) {
    const codes = [
      'image.malformed',
      'image.truncated',
      'image.unsupported',
      'io.failed',
      'io.denied',
    ] as const;
    if (codes.some((code) => isFailure(error, code))) return null;
    throw error;
  }
}
