/** Builds VHDX images byte by byte after [MS-VHDX], for what no program at hand writes. */

const mebibyte = 1 << 20;

export interface Descriptor {
  readonly fileOffset: number;
  /** 4096 bytes, or the length of a run of zeros. */
  readonly content: Uint8Array | number;
}

export interface Entry {
  readonly sequenceNumber: number;
  /** In bytes from the start of the log; the log is a ring. */
  readonly position: number;
  readonly tail: number;
  readonly descriptors: readonly Descriptor[];
  readonly flushedFileOffset?: number;
  readonly lastFileOffset?: number;
  readonly guid?: string;
}

export interface Block {
  /** 0 not present, 1 undefined, 2 zero, 3 unmapped, 6 fully present, 7 partially present. */
  readonly state: number;
  readonly data?: Uint8Array;
  /** For state 7. */
  readonly present?: (sector: number) => boolean;
}

export interface VhdxParts {
  readonly capacityBytes: number;
  readonly blockBytes?: number;
  readonly sectorBytes?: number;
  readonly blocks: readonly Block[];
  readonly flags?: number;
  /** Keys and values of the parent locator. */
  readonly parent?: Readonly<Record<string, string>>;
  readonly locatorType?: string;
  readonly dataWriteGuid?: string;
  readonly logGuid?: string;
  readonly logBytes?: number;
  readonly entries?: readonly Entry[];
  readonly extraRegions?: readonly { guid: string; fileOffset: number; length: number; required: number }[];
  readonly extraItems?: readonly { guid: string; flags: number; bytes: Uint8Array }[];
  readonly omitItem?: string;
}

export const zeroGuid = '00000000-0000-0000-0000-000000000000';
export const metadataOffset = 3 * mebibyte;
export const tableOffset = mebibyte;
const tableBytes = 2 * mebibyte;
const logOffset = 4 * mebibyte;

export function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0x82f63b78 : 0);
  }
  return ~value >>> 0;
}

/** Recomputes the checksum of a structure of `length` bytes whose checksum is its second word. */
export function reseal(file: Uint8Array, offset: number, length: number): void {
  const part = file.subarray(offset, offset + length);
  part.fill(0, 4, 8);
  new DataView(part.buffer, part.byteOffset).setUint32(4, crc(part), true);
}

export function guid(text: string): Uint8Array {
  const plain = Buffer.from(text.replaceAll('-', ''), 'hex');
  return Uint8Array.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15], (index) => plain[index]!);
}

function utf16(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf16le'));
}

export function buildVhdx(parts: VhdxParts): Uint8Array {
  const { blockBytes = mebibyte, sectorBytes = 512, blocks, logBytes = mebibyte } = parts;
  const ratio = (2 ** 23 * sectorBytes) / blockBytes;
  const chunks = Math.ceil(blocks.length / ratio);
  let end = logOffset + logBytes;
  const places = blocks.map((block) => {
    if (block.state < 6) return 0;
    end += blockBytes;
    return end - blockBytes;
  });
  const bitmaps = Array.from({ length: chunks }, (_, chunk) => {
    const mine = blocks.slice(chunk * ratio, (chunk + 1) * ratio);
    if (!mine.some((block) => block.state === 7)) return 0;
    end += mebibyte;
    return end - mebibyte;
  });
  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  file.set(Buffer.from('vhdxfile'));
  writeHeaders(file, parts, logBytes);
  writeRegions(file, parts);
  writeMetadata(file, parts, blockBytes, sectorBytes);
  for (const [index, block] of blocks.entries()) {
    const chunk = Math.floor(index / ratio);
    view.setBigUint64(tableOffset + (index + chunk) * 8, BigInt(places[index]!) | BigInt(block.state), true);
    if (block.data !== undefined) file.set(block.data, places[index]!);
    if (block.state !== 7) continue;
    const perBlock = blockBytes / sectorBytes;
    for (let sector = 0; sector < perBlock; sector++) {
      const bit = (index % ratio) * perBlock + sector;
      if (block.present!(sector)) file[bitmaps[chunk]! + (bit >>> 3)]! |= 1 << (bit & 7);
    }
  }
  for (const [chunk, place] of bitmaps.entries()) {
    if (place === 0) continue;
    view.setBigUint64(tableOffset + ((chunk + 1) * ratio + chunk) * 8, BigInt(place) | 6n, true);
  }
  for (const entry of parts.entries ?? []) writeEntry(file, entry, parts.logGuid ?? zeroGuid, logBytes);
  return file;
}

function writeHeaders(file: Uint8Array, parts: VhdxParts, logBytes: number): void {
  for (const [index, offset] of [65536, 131072].entries()) {
    const view = new DataView(file.buffer, offset);
    file.set(Buffer.from('head'), offset);
    view.setBigUint64(8, BigInt(index + 5), true);
    file.set(guid('11111111-2222-3333-4444-555555555555'), offset + 16);
    file.set(guid(parts.dataWriteGuid ?? '66666666-7777-8888-9999-aaaaaaaaaaaa'), offset + 32);
    file.set(guid(parts.logGuid ?? zeroGuid), offset + 48);
    view.setUint16(66, 1, true);
    view.setUint32(68, logBytes, true);
    view.setBigUint64(72, BigInt(logOffset), true);
    reseal(file, offset, 4096);
  }
}

function writeRegions(file: Uint8Array, parts: VhdxParts): void {
  const regions = [
    {
      guid: '2dc27766-f623-4200-9d64-115e9bfd4a08',
      fileOffset: tableOffset,
      length: tableBytes,
      required: 1,
    },
    {
      guid: '8b7ca206-4790-4b9a-b8fe-575f050f886e',
      fileOffset: metadataOffset,
      length: mebibyte,
      required: 1,
    },
    ...(parts.extraRegions ?? []),
  ];
  for (const offset of [192 * 1024, 256 * 1024]) {
    const view = new DataView(file.buffer, offset);
    file.set(Buffer.from('regi'), offset);
    view.setUint32(8, regions.length, true);
    for (const [index, region] of regions.entries()) {
      file.set(guid(region.guid), offset + 16 + index * 32);
      view.setBigUint64(16 + index * 32 + 16, BigInt(region.fileOffset), true);
      view.setUint32(16 + index * 32 + 24, region.length, true);
      view.setUint32(16 + index * 32 + 28, region.required, true);
    }
    reseal(file, offset, 65536);
  }
}

function number(value: number | bigint, bytes: 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes === 4) view.setUint32(0, Number(value), true);
  else view.setBigUint64(0, BigInt(value), true);
  return new Uint8Array(view.buffer);
}

function writeMetadata(file: Uint8Array, parts: VhdxParts, blockBytes: number, sectorBytes: number): void {
  const flags = parts.flags ?? (parts.parent === undefined ? 0 : 2);
  const items = [
    {
      guid: 'caa16737-fa36-4d43-b3b6-33f0aa44e76b',
      flags: 4,
      bytes: new Uint8Array([...number(blockBytes, 4), ...number(flags, 4)]),
    },
    { guid: '2fa54224-cd1b-4876-b211-5dbed83bf4b8', flags: 6, bytes: number(parts.capacityBytes, 8) },
    {
      guid: 'beca12ab-b2e6-4523-93ef-c309e000c746',
      flags: 6,
      bytes: guid('abcdef01-2345-6789-abcd-ef0123456789'),
    },
    { guid: '8141bf1d-a96f-4709-ba47-f233a8faab5f', flags: 6, bytes: number(sectorBytes, 4) },
    { guid: 'cda348c7-445d-4471-9cc9-e9885251c556', flags: 6, bytes: number(4096, 4) },
    ...(parts.parent === undefined
      ? []
      : [
          {
            guid: 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c',
            flags: 4,
            bytes: locator(parts.parent, parts.locatorType ?? 'b04aefb7-d19e-4a81-b789-25b8e9445913'),
          },
        ]),
    ...(parts.extraItems ?? []),
  ].filter((item) => item.guid !== parts.omitItem);
  const view = new DataView(file.buffer, metadataOffset);
  file.set(Buffer.from('metadata'), metadataOffset);
  view.setUint16(10, items.length, true);
  let offset = 65536;
  for (const [index, item] of items.entries()) {
    const at = 32 + index * 32;
    file.set(guid(item.guid), metadataOffset + at);
    view.setUint32(at + 16, offset, true);
    view.setUint32(at + 20, item.bytes.length, true);
    view.setUint32(at + 24, item.flags, true);
    file.set(item.bytes, metadataOffset + offset);
    offset += item.bytes.length;
  }
}

function locator(entries: Readonly<Record<string, string>>, type: string): Uint8Array {
  const pairs = Object.entries(entries);
  const texts: Uint8Array[] = [];
  const head = new Uint8Array(20 + pairs.length * 12);
  const view = new DataView(head.buffer);
  head.set(guid(type));
  view.setUint16(18, pairs.length, true);
  let at = head.length;
  for (const [index, pair] of pairs.entries()) {
    for (const [side, text] of pair.map(utf16).entries()) {
      view.setUint32(20 + index * 12 + side * 4, at, true);
      view.setUint16(20 + index * 12 + 8 + side * 2, text.length, true);
      texts.push(text);
      at += text.length;
    }
  }
  return new Uint8Array(Buffer.concat([head, ...texts]));
}

function writeEntry(file: Uint8Array, entry: Entry, logGuid: string, logBytes: number): void {
  const { descriptors } = entry;
  const data = descriptors.filter(({ content }) => typeof content !== 'number');
  const descriptorSectors = Math.ceil((64 + descriptors.length * 32) / 4096);
  const bytes = new Uint8Array((descriptorSectors + data.length) * 4096);
  const view = new DataView(bytes.buffer);
  const sequence = BigInt(entry.sequenceNumber);
  bytes.set(Buffer.from('loge'));
  view.setUint32(8, bytes.length, true);
  view.setUint32(12, entry.tail, true);
  view.setBigUint64(16, sequence, true);
  view.setUint32(24, descriptors.length, true);
  bytes.set(guid(entry.guid ?? logGuid), 32);
  view.setBigUint64(48, BigInt(entry.flushedFileOffset ?? file.length), true);
  view.setBigUint64(56, BigInt(entry.lastFileOffset ?? file.length), true);
  let sector = descriptorSectors * 4096;
  for (const [index, { fileOffset, content }] of descriptors.entries()) {
    const at = 64 + index * 32;
    view.setBigUint64(at + 16, BigInt(fileOffset), true);
    view.setBigUint64(at + 24, sequence, true);
    if (typeof content === 'number') {
      bytes.set(Buffer.from('zero'), at);
      view.setBigUint64(at + 8, BigInt(content), true);
      continue;
    }
    bytes.set(Buffer.from('desc'), at);
    bytes.set(content.subarray(4092), at + 4);
    bytes.set(content.subarray(0, 8), at + 8);
    bytes.set(content, sector);
    bytes.set(Buffer.from('data'), sector);
    view.setUint32(sector + 4, Number(sequence >> 32n), true);
    view.setUint32(sector + 4092, Number(sequence & 0xffffffffn), true);
    sector += 4096;
  }
  reseal(bytes, 0, bytes.length);
  for (let at = 0; at < bytes.length; at++) file[logOffset + ((entry.position + at) % logBytes)] = bytes[at]!;
}

/** Where the log of the built images lies. */
export const builtLogOffset = logOffset;
