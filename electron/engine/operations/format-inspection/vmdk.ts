/** oslo.utils' checks of VMDK: one file with a descriptor inside, every line of which it understands. */
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { bits64le, struct, u32le } from '../../bytes/struct.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { latin1, piece, startsWith } from './file-head.ts';
import { InspectorBroke, sizeProblemOf, unchecked, type Failed, type Inspector } from './inspector.ts';

const leastHeaderBytes = 64;
const sectorBytes = 512;
/** Where the descriptor has to be, and the most that is read of it. */
const descriptorOffset = 512;
const mostDescriptorBytes = (1 << 20) - 1;
/** A descriptor without a sparse extent around it is read as far as the first piece of an upload goes. */
const firstPieceBytes = 64 << 10;
const footerBytes = 3 * sectorBytes;
const directoryAtEnd = 0xffff_ffff_ffff_ffffn;

const allowedTypes: readonly string[] = ['monolithicsparse', 'streamoptimized'];
const extentAccess: readonly string[] = ['rw', 'rdonly', 'noaccess'];

const sparseHeader = struct({ format: 'vmdk', name: 'sparse extent header' }, leastHeaderBytes, {
  magic: u32le(0),
  version: u32le(4),
  capacitySectors: bits64le(12),
  descriptorSector: bits64le(28),
  descriptorSectors: bits64le(36),
  directorySector: bits64le(56),
});

const marker = struct({ format: 'vmdk', name: 'marker' }, 16, {
  value: bits64le(0),
  sizeBytes: u32le(8),
  type: u32le(12),
});

export const inspectVmdk: Inspector = (file) => {
  const head = piece(file, 0, sectorBytes);
  if (!startsWith(head, 'KDMV')) return isText(head) ? inspectDescriptorFile(file) : null;
  if (head.length < leastHeaderBytes) return unchecked('vmdk', false);
  const header = sparseHeader.decode(head);
  const lost = failing([{ check: 'descriptor', reason: inEnglish('no descriptor is where one has to be') }]);
  if (header.version < 1 || header.version > 3) return lost;
  const hasFooter = header.directorySector === directoryAtEnd;
  if (header.descriptorSector * BigInt(sectorBytes) !== BigInt(descriptorOffset)) {
    // It stops there, and never sees the footer that it waits for.
    return hasFooter ? unchecked('vmdk', false) : lost;
  }
  const length = Number(minimum(header.descriptorSectors * BigInt(sectorBytes), mostDescriptorBytes));
  const descriptor = piece(file, descriptorOffset, length);
  const complete = descriptor.length === length && (!hasFooter || file.sizeBytes >= footerBytes);
  if (!complete) return unchecked('vmdk', false);
  const failures = descriptorProblem(descriptor, 'descriptor');
  return failing(
    [...failures, ...(hasFooter ? footerProblem(file, header) : [])],
    sizeProblemOf(header.capacitySectors * BigInt(sectorBytes)),
  );
};

/** A file of text may be a descriptor alone; then it names other files. */
function inspectDescriptorFile(file: ByteSource): ReturnType<Inspector> {
  const bytes = piece(file, 0, firstPieceBytes);
  if (bytes.length < leastHeaderBytes) return null;
  const text = descriptorText(bytes);
  if (text === null) throw new InspectorBroke();
  if (createType(text) === null) return null;
  // The inspector looks for the size in a header that such a file does not have, and stops.
  return failing(
    descriptorProblem(bytes, 'descriptor'),
    inEnglish('it is a descriptor alone, which states no size where one has to be'),
  );
}

/** All of the first sector is printable ASCII or white space. */
function isText(head: Uint8Array): boolean {
  return head.length >= leastHeaderBytes && /^[\t-\r\x1c-\x7e]*$/.test(latin1(head));
}

/** In lower case, to the first NUL; null where it is no ASCII. */
function descriptorText(bytes: Uint8Array): string | null {
  const text = latin1(bytes).split('\0', 1)[0]!;
  return /^[\0-\x7f]*$/.test(text) ? text.toLowerCase() : null;
}

/** Null where there is none, or one that nobody writes. */
function createType(text: string): string | null {
  const start = text.indexOf('createtype="');
  if (start < 0) return null;
  const from = start + 'createtype="'.length;
  const end = text.indexOf('"', from);
  // A value without its closing quote goes to the last letter but one, as in Python's slices.
  return end - from < 64 ? text.slice(from, end) : null;
}

function descriptorProblem(bytes: Uint8Array, check: string): Failed[] {
  const failed = (reason: Message): Failed[] => [{ check, reason }];
  const text = descriptorText(bytes);
  if (text === null || text === '') return failed(inEnglish('it has no descriptor that can be read'));
  const type = createType(text);
  if (type === null || !allowedTypes.includes(type)) {
    return failed(
      inEnglish('its type is {type}; only one file that is sparse in itself is safe', {
        type: type ?? asValue(inEnglish('not stated')),
      }),
    );
  }
  const extents: string[] = [];
  for (const line of text.split('\n').map(stripped)) {
    if (line === '' || line.startsWith('#') || line.startsWith('ddb')) continue;
    if (line.includes('=') && !line.split('=', 1)[0]!.includes(' ')) continue;
    if (!extentAccess.includes(line.split(' ', 1)[0]!)) {
      return failed(inEnglish('its descriptor has a line that the check does not know'));
    }
    extents.push(line);
  }
  if (extents.some((line) => line.includes('/')))
    return failed(inEnglish('an extent names a file in another folder'));
  return extents.length === 0 ? failed(inEnglish('its descriptor names no extent')) : [];
}

/** What Python takes off a line's ends. */
const stripped = (line: string): string => line.replace(/^[\t-\r\x1c-\x20]+|[\t-\r\x1c-\x20]+$/g, '');

function footerProblem(file: ByteSource, header: ReturnType<typeof sparseHeader.decode>): Failed[] {
  const failed = (reason: Message): Failed[] => [{ check: 'footer', reason }];
  const bytes = piece(file, file.sizeBytes - footerBytes, footerBytes);
  const footer = sparseHeader.decode(bytes, sectorBytes);
  const isSame =
    footer.magic === header.magic &&
    footer.version === header.version &&
    footer.descriptorSector === header.descriptorSector &&
    footer.descriptorSectors === header.descriptorSectors;
  if (!isSame) return failed(inEnglish('its footer says otherwise than its header'));
  if (footer.directorySector === directoryAtEnd)
    return failed(inEnglish('its footer points to another footer'));
  const isBlank = (start: number): boolean => bytes.subarray(start, start + 496).every((byte) => byte === 0);
  const before = marker.decode(bytes);
  if (before.sizeBytes !== 0 || before.type !== 3 || !isBlank(16))
    return failed(inEnglish('its footer has no marker'));
  const last = marker.decode(bytes, 2 * sectorBytes);
  const isEnd = last.value === 0n && last.sizeBytes === 0 && last.type === 0 && isBlank(2 * sectorBytes + 16);
  return isEnd ? [] : failed(inEnglish('it does not end with an end-of-stream marker'));
}

const failing = (failures: readonly Failed[], sizeProblem: Message | null = null) => ({
  format: 'vmdk',
  complete: true,
  failures,
  sizeProblem,
});
const minimum = (a: bigint, b: number): bigint => (a < BigInt(b) ? a : BigInt(b));
