/** Checks the footers, the header and the blocks of a VHD, and mends what one part of the file tells of another. */
import type { RepairScope } from '#shared/domain/structure.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { FileChange, FilePatch } from '../../bytes/patch.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import type { Structure } from '../driver.ts';
import { numberChange } from '../resizing.ts';
import { StructureFindings } from '../structure-findings.ts';
import { BlockTable } from './block-table.ts';
import { acceptFooter, diskSize, findFooter, footerStates, sealFooter, type FoundFooter } from './footer.ts';
import { checksumOf, diskType, dynamicHeader, footer, format, sectorBytes } from './layout.ts';
import { addSparseFindings, type SparseUsage } from './sparse-usage.ts';
import { decodeSparseHeader, type SparseHeader } from './sparse-header.ts';

/** What a check saw. Null for fixed disks: they have no blocks. */
export interface Examined {
  readonly found: FoundFooter;
  readonly sparse: { readonly header: SparseHeader; readonly usage: SparseUsage } | null;
}

/** Looks at everything; what is wrong goes into `findings`. @throws Failure `image.*` when too little is right. */
export function examine(file: ByteSource, findings: StructureFindings): Examined {
  const found = footerFor(file, findings);
  const { fields, dataEnd } = found;
  const { capacityBytes } = diskSize(fields);
  if (fields.diskType === diskType.fixed) {
    if (capacityBytes > dataEnd) {
      const details = { path: file.path, neededBytes: capacityBytes, actualBytes: dataEnd };
      throw new Failure('image.truncated', details);
    }
    if (capacityBytes < dataEnd) {
      const message = inEnglish("The file holds {dataEnd} bytes behind the disk's end.", {
        dataEnd: dataEnd - capacityBytes,
      });
      findings.add({ kind: 'note', message, fileOffset: capacityBytes, mendable: false });
    }
    return { found, sparse: null };
  }
  if (fields.diskType !== diskType.dynamic && fields.diskType !== diskType.differencing) {
    throw footer.malformed(
      'diskType',
      inEnglish('there is no type {diskType}', { diskType: fields.diskType }),
      dataEnd,
    );
  }
  const header = decodeSparseHeader(file, fields.dataOffset, capacityBytes);
  const table = new BlockTable(file, header, { capacityBytes, dataEnd }, fields);
  return { found, sparse: { header, usage: addSparseFindings(file, found, header, table, findings) } };
}

/** The footer to go by, and what is wrong with either of them. */
function footerFor(file: ByteSource, findings: StructureFindings): FoundFooter {
  const { end, copy } = footerStates(file);
  const found = end.state === 'damaged' ? findOrTrust(file) : findFooter(file);
  const fileOffset = end.fileOffset;
  if (end.state === 'damaged') {
    const message = inEnglish(
      'The checksum of the footer at the end of the file is not that of its content.',
    );
    findings.add({ kind: 'corruption', message, fileOffset, mendable: true });
  } else if (end.state === 'missing') {
    const message = inEnglish('There is no footer at the end of the file; the copy in front is good.');
    findings.add({ kind: 'corruption', message, fileOffset, mendable: true });
  } else if (end.lengthBytes < footer.sizeBytes) {
    const message = inEnglish('The footer lacks its last byte, as before Virtual PC 2004.');
    findings.add({ kind: 'note', message, fileOffset, mendable: false });
  }
  if (found.fields.diskType !== diskType.fixed && !found.fromCopy) {
    if (copy === null || !copy.isValid) {
      const message = inEnglish('The copy of the footer in front is damaged.');
      findings.add({ kind: 'corruption', message, fileOffset: 0, mendable: true });
    } else if (Buffer.compare(copy.bytes, end.bytes) !== 0) {
      const message = inEnglish('The copy of the footer in front differs from the footer at the end.');
      findings.add({ kind: 'note', message, fileOffset: 0, mendable: false });
    }
  }
  return found;
}

/** The copy where there is a good one; else the footer with the wrong checksum, if all it says fits the file. */
function findOrTrust(file: ByteSource): FoundFooter {
  try {
    return findFooter(file);
  } catch (error) {
    const { end } = footerStates(file);
    const trusted = acceptFooter(end.bytes, end);
    const { fields, dataEnd } = trusted;
    const isWhole = fields.diskType === diskType.fixed && diskSize(fields).capacityBytes === dataEnd;
    if (isWhole) return trusted;
    throw error;
  }
}

export const structure: Structure = {
  check(file, _context, control) {
    control.throwIfCancelled();
    const findings = new StructureFindings();
    const { sparse } = examine(file, findings);
    if (sparse === null) return findings.report(format, null);
    const { header, usage } = sparse;
    const units = { allocated: usage.allocatedBlocks, total: header.blockCount, bytes: header.blockBytes };
    return findings.report(format, units);
  },

  /** Blocks in each other or past the end of the file are past mending: which data was meant is lost. */
  repair(file, _context, control, scope) {
    control.throwIfCancelled();
    const examined = examine(file, new StructureFindings());
    const { usage = null } = examined.sparse ?? {};
    if (usage?.isSound === false) return null;
    const { end } = footerStates(file);
    // Cutting off needs a footer to move.
    if (scope === 'leaks' && end.state !== 'valid') return null;
    return mend(file, examined, scope);
  },
};

function mend(file: ByteSource, { found, sparse }: Examined, scope: RepairScope): FilePatch | null {
  const { end, copy } = footerStates(file);
  const bytes = found.fromCopy && copy !== null ? copy.bytes : sealFooter(end.bytes);
  const changes: FileChange[] = [];
  const summary: string[] = [];
  let place = end.state === 'missing' ? footerPlace(file, sparse?.usage.usedEnd ?? 0) : end.fileOffset;
  if (sparse !== null && sparse.usage.trailingBlocks > 0) {
    place = sparse.usage.usedEnd;
    summary.push(`${found.dataEnd - place} unused bytes at the end of the file are cut off.`);
  }
  if (end.state === 'missing') {
    summary.push('The footer at the end of the file is written again from its copy in front.');
  } else if (end.state === 'damaged') {
    summary.push(
      found.fromCopy
        ? 'The footer at the end of the file is written again from its copy in front.'
        : 'The footer gets the checksum of its content.',
    );
  }
  if (summary.length > 0) changes.push({ fileOffset: place, bytes });
  const sizeBytes = summary.length > 0 ? place + footer.sizeBytes : null;
  if (scope === 'all' && sparse !== null) mendFront(file, sparse.header, bytes, changes, summary);
  return summary.length === 0 ? null : { changes, sizeBytes, summary };
}

/** The copy of the footer, and the checksum of the dynamic disk header. */
function mendFront(
  file: ByteSource,
  header: SparseHeader,
  footerBytes: Uint8Array,
  changes: FileChange[],
  summary: string[],
): void {
  if (footerStates(file).copy?.isValid !== true) {
    changes.push({ fileOffset: 0, bytes: footerBytes });
    summary.push('The copy of the footer in front is written again from the footer.');
  }
  if (header.hasChecksum) return;
  const bytes = readBytes(file, header.fileOffset, dynamicHeader.sizeBytes);
  const place = dynamicHeader.fields.checksum.offset;
  changes.push(numberChange(header.fileOffset + place, checksumOf(bytes, place), 4, 'be'));
  summary.push('The dynamic disk header gets the checksum of its content.');
}

/** Where the last footer belongs: behind the last block, or behind whatever else lies there, which is kept. */
function footerPlace({ sizeBytes }: ByteSource, usedEnd: number): number {
  return usedEnd + footer.sizeBytes >= sizeBytes ? usedEnd : Math.ceil(sizeBytes / sectorBytes) * sectorBytes;
}
