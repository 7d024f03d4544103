/** Builds VDI images byte by byte after VDICore.h, for what no program at hand writes. */

export interface VdiParts {
  readonly version?: '1.1' | '0.1' | '0.2';
  /** Block of the file for each block of the disk; -1 is free, -2 zeros. */
  readonly map: readonly number[];
  readonly blocks: readonly Uint8Array[];
  readonly blockBytes?: number;
  readonly blockExtraBytes?: number;
  readonly capacityBytes?: number;
  readonly allocatedBlocks?: number;
  readonly comment?: string;
  readonly uuid?: string;
  readonly modificationUuid?: string;
  /** Makes a differencing image. */
  readonly parentUuid?: string;
  readonly parentModificationUuid?: string;
  readonly type?: number;
}

export function buildVdi(parts: VdiParts): Uint8Array {
  const { version = '1.1', map, blocks, blockBytes = 1 << 20, blockExtraBytes = 0 } = parts;
  const old = version !== '1.1';
  const mapOffset = old ? 420 : 512;
  const dataOffset = old ? 420 + map.length * 4 : Math.ceil((512 + map.length * 4) / 512) * 512;
  const head = new Uint8Array(dataOffset);
  const view = new DataView(head.buffer);
  const u32 = (offset: number, value: number): void => view.setUint32(offset, value, true);
  u32(64, 0xbeda107f);
  u32(68, { '1.1': 0x00010001, '0.1': 1, '0.2': 2 }[version]);
  // Version 1.1 has its own length first, and two offsets after the comment.
  const common = old ? 72 : 76;
  if (!old) u32(72, 400);
  u32(common, parts.type ?? (parts.parentUuid === undefined ? 1 : 4));
  head.set(new TextEncoder().encode(parts.comment ?? ''), common + 8);
  const sizes = old ? 352 : 368;
  view.setBigUint64(sizes, BigInt(parts.capacityBytes ?? map.length * blockBytes), true);
  u32(sizes + 8, blockBytes);
  let next = sizes + 12;
  if (!old) {
    u32(340, mapOffset);
    u32(344, dataOffset);
    u32(next, blockExtraBytes);
    next += 4;
  }
  u32(next, map.length);
  u32(next + 4, parts.allocatedBlocks ?? map.filter((entry) => entry >= 0).length);
  const uuids = [
    parts.uuid ?? '11111111-1111-1111-1111-111111111111',
    parts.modificationUuid ?? '22222222-2222-2222-2222-222222222222',
    parts.parentUuid,
    old ? undefined : parts.parentModificationUuid,
  ];
  for (const [index, uuid] of uuids.entries()) {
    if (uuid !== undefined) head.set(mixedEndian(uuid), next + 8 + index * 16);
  }
  for (const [index, entry] of map.entries()) view.setInt32(mapOffset + index * 4, entry, true);
  const extra = new Uint8Array(blockExtraBytes).fill(0xee);
  return new Uint8Array(Buffer.concat([head, ...blocks.flatMap((block) => [extra, block])]));
}

function mixedEndian(uuid: string): Uint8Array {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  return Uint8Array.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15], (index) => bytes[index]!);
}
