/** Writing new headers into a file that is there ([MS-VHDX] 2.2.2.1): the other one first, so that one is always valid. */
import type { FileChange } from '../../bytes/patch.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { ContentIdentity } from '../content-identity.ts';
import { crc32c } from './crc32c.ts';
import type { FoundHeader } from './headers.ts';
import { header as headerStructure, headerOffsets } from './layout.ts';

/**
 * Both headers with the next numbers, a new FileWriteGuid and no log. `changesDisk`: what the guest sees becomes
 * another, its size included, which children are told by a new DataWriteGuid.
 */
export function headerUpdate(file: ByteSource, current: FoundHeader, changesDisk: boolean): FileChange[] {
  const { fields, fileOffset } = current;
  const old = readBytes(file, fileOffset, headerStructure.sizeBytes);
  const identity = new ContentIdentity(['vhdx header'], old);
  const other = headerOffsets.find((offset) => offset !== fileOffset)!;
  return [other, fileOffset].map((place, index) => {
    const bytes = old.slice();
    headerStructure.encode(
      {
        sequenceNumber: BigInt.asUintN(64, fields.sequenceNumber + BigInt(index + 1)),
        fileWriteGuid: identity.guid('file write'),
        dataWriteGuid: changesDisk ? identity.guid('data write') : fields.dataWriteGuid,
        logGuid: new Uint8Array(16),
      },
      bytes,
    );
    return { fileOffset: place, bytes: headerStructure.encode({ checksum: crc32c(bytes, 4) }, bytes) };
  });
}
