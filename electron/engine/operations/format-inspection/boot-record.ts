/** oslo.utils' checks of the first sector of a raw disk: an MBR that is one, and no other partitions beside a GPT's. */
import { inEnglish, type Message } from '#shared/in-english.ts';
import {
  bootRecordBytes,
  bootSignature,
  protectiveType,
  readEntries,
} from '../../guests/partitions/boot-record.ts';
import { piece, viewOf } from './file-head.ts';
import type { Inspector } from './inspector.ts';

/** What a GPT's protective entry has for its first sector in cylinder, head, sector. */
const protectiveStart = [0, 2, 0] as const;

/** A boot sector of FAT ends like an MBR: the inspector tells it by two tables on a fixed disk. */
const isFat = (sector: Uint8Array): boolean => sector[0x10] === 2 && sector[0x15] === 0xf8;

export const inspectBootRecord: Inspector = (file) => {
  const sector = piece(file, 0, bootRecordBytes);
  if (sector.length < bootRecordBytes || viewOf(sector).getUint16(510, true) !== bootSignature) return null;
  if (isFat(sector)) return null;
  const reason = problemOf(sector);
  const failures = reason === null ? [] : [{ check: 'mbr', reason }];
  return { format: 'gpt', complete: true, failures, sizeProblem: null };
};

function problemOf(sector: Uint8Array): Message | null {
  const used: number[] = [];
  let hasGpt = false;
  for (const [index, { bootIndicator, startChs, type, startingLba }] of readEntries(sector).entries()) {
    if (bootIndicator !== 0 && bootIndicator !== 0x80)
      return inEnglish('entry {number} of its MBR has an invalid boot flag', { number: index + 1 });
    if (type !== 0) used.push(index);
    if (type !== protectiveType) continue;
    hasGpt = true;
    if (!protectiveStart.every((byte, at) => startChs[at] === byte)) {
      return inEnglish('the protective entry of its MBR has other start values than the specification gives');
    }
    if (startingLba !== 1) return inEnglish('the protective entry of its MBR does not begin at sector 1');
  }
  if (hasGpt && (used.length !== 1 || used[0] !== 0)) {
    return inEnglish('its MBR lists partitions besides the one that protects the GPT (a hybrid MBR)');
  }
  return used.length === 0 ? inEnglish('its MBR has no partitions') : null;
}
