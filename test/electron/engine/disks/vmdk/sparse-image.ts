/** Hosted sparse extents of any shape, built from the specification's tables alone: nothing here comes from the driver. */
import { deflateSync } from 'node:zlib';

const sector = 512;

export interface SparseImageShape {
  readonly capacity?: number;
  readonly grainSize?: number;
  readonly numGTEsPerGT?: number;
  readonly version?: number;
  /** Grain number → its bytes, or 'zero' for a zeroed entry. */
  readonly grains?: Readonly<Record<number, Uint8Array | 'zero'>>;
  readonly redundant?: boolean;
  /** 'plain', with markers, or with only a size before the data. */
  readonly grainsAre?: 'plain' | 'marked' | 'sized';
  /** The directory at the end, with markers before the metadata, and a footer. */
  readonly footer?: boolean;
  /** One marker before the first table for all of them. */
  readonly oneTableMarker?: boolean;
  readonly descriptor?: string | null;
  readonly zeroedFlag?: boolean;
  /** The last grain is deflated as far as the disk goes only. */
  readonly cutLastGrain?: boolean;
  /** Tables of no grains get no place and a 0 in the directory. */
  readonly omitEmptyTables?: boolean;
}

/** Where the structures of a built image are, in sectors. */
export interface SparseImage {
  readonly bytes: Buffer;
  readonly gd: number;
  readonly rgd: number;
  readonly footer: number;
  /** Per table that was written. */
  readonly tables: readonly number[];
  readonly redundantTables: readonly number[];
  readonly grainSectors: ReadonlyMap<number, number>;
}

export function descriptorText(capacity: number, createType = 'monolithicSparse', more = ''): string {
  return `# Disk DescriptorFile
version=1
CID=12345678
parentCID=ffffffff
createType="${createType}"
${more}
# Extent description
RW ${capacity} SPARSE "image.vmdk"

# The Disk Data Base
#DDB
ddb.adapterType = "ide"
`;
}

export function headerBytes(fields: {
  version: number;
  flags: number;
  capacity: number;
  grainSize: number;
  descriptorOffset: number;
  descriptorSize: number;
  numGTEsPerGT: number;
  rgdOffset: bigint;
  gdOffset: bigint;
  overHead: number;
  compressAlgorithm: number;
}): Buffer {
  const header = Buffer.alloc(sector);
  header.write('KDMV', 0, 'latin1');
  header.writeUInt32LE(fields.version, 4);
  header.writeUInt32LE(fields.flags, 8);
  header.writeBigUInt64LE(BigInt(fields.capacity), 12);
  header.writeBigUInt64LE(BigInt(fields.grainSize), 20);
  header.writeBigUInt64LE(BigInt(fields.descriptorOffset), 28);
  header.writeBigUInt64LE(BigInt(fields.descriptorSize), 36);
  header.writeUInt32LE(fields.numGTEsPerGT, 44);
  header.writeBigUInt64LE(fields.rgdOffset, 48);
  header.writeBigUInt64LE(fields.gdOffset, 56);
  header.writeBigUInt64LE(BigInt(fields.overHead), 64);
  header.write('\n \r\n', 73, 'latin1');
  header.writeUInt16LE(fields.compressAlgorithm, 77);
  return header;
}

export function sparseImage(shape: SparseImageShape = {}): SparseImage {
  const { capacity = 2048, grainSize = 128, numGTEsPerGT = 512, grains = {}, grainsAre = 'plain' } = shape;
  const parts = new Map<number, Buffer>();
  const put = (at: number, bytes: Uint8Array): number => {
    parts.set(at, Buffer.from(bytes));
    return at + Math.ceil(bytes.length / sector);
  };
  const grainCount = Math.ceil(capacity / grainSize);
  const tableCount = Math.ceil(grainCount / numGTEsPerGT);
  const tableSectors = Math.ceil((numGTEsPerGT * 4) / sector);
  const directorySectors = Math.ceil((tableCount * 4) / sector);
  const text = shape.descriptor === undefined ? descriptorText(capacity) : shape.descriptor;
  const descriptorSize = text === null ? 0 : Math.max(2, Math.ceil(text.length / sector));
  let next = 1;
  if (text !== null)
    next = put(1, Buffer.alloc(descriptorSize * sector).fill(text, 0, text.length, 'latin1'));

  const fixed = shape.footer !== true;
  const tables: number[] = [];
  const redundantTables: number[] = [];
  let gd = 0;
  let rgd = 0;
  const reserve = (into: number[]): number => {
    const directory = next;
    next += directorySectors;
    for (let table = 0; table < tableCount; table++, next += tableSectors) into.push(next);
    return directory;
  };
  if (fixed) {
    if (shape.redundant === true) rgd = reserve(redundantTables);
    gd = reserve(tables);
  }
  next = Math.ceil(next / grainSize) * grainSize;
  const overHead = next;

  const grainSectors = new Map<number, number>();
  const entries = Array.from({ length: tableCount }, () => Buffer.alloc(numGTEsPerGT * 4));
  for (const [key, content] of Object.entries(grains)) {
    const grain = Number(key);
    const table = entries[Math.floor(grain / numGTEsPerGT)]!;
    if (content === 'zero') {
      table.writeUInt32LE(1, (grain % numGTEsPerGT) * 4);
      continue;
    }
    table.writeUInt32LE(next, (grain % numGTEsPerGT) * 4);
    grainSectors.set(grain, next);
    next = put(next, encodeGrain(grain, content));
  }

  function encodeGrain(grain: number, content: Uint8Array): Uint8Array {
    if (grainsAre === 'plain') return content;
    const inside = Math.min(content.length, (capacity - grain * grainSize) * sector);
    const data = deflateSync(shape.cutLastGrain === true ? content.subarray(0, inside) : content);
    const marker = Buffer.alloc(grainsAre === 'marked' ? 12 : 4);
    if (grainsAre === 'marked') marker.writeBigUInt64LE(BigInt(grain * grainSize), 0);
    marker.writeUInt32LE(data.length, marker.length - 4);
    return Buffer.concat([marker, data]);
  }

  const marker = (val: number, type: number): Buffer => {
    const bytes = Buffer.alloc(sector);
    bytes.writeBigUInt64LE(BigInt(val), 0);
    bytes.writeUInt32LE(type, 12);
    return bytes;
  };
  if (!fixed) {
    for (const [index, table] of entries.entries()) {
      if (shape.omitEmptyTables === true && table.every((byte) => byte === 0)) {
        tables.push(0);
        continue;
      }
      if (index === 0 || shape.oneTableMarker !== true) next = put(next, marker(tableSectors, 1));
      tables.push(next);
      next = put(next, table);
    }
    next = put(next, marker(directorySectors, 2));
    gd = next;
    next += directorySectors;
  } else {
    for (const [index, table] of entries.entries()) {
      put(tables[index]!, table);
      if (shape.redundant === true) put(redundantTables[index]!, table);
    }
  }
  const directoryOf = (list: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(directorySectors * sector);
    for (const [index, at] of list.entries()) bytes.writeUInt32LE(at, index * 4);
    return bytes;
  };
  put(gd, directoryOf(tables));
  if (rgd > 0) put(rgd, directoryOf(redundantTables));

  const compressed = grainsAre !== 'plain';
  const flags =
    1 |
    (shape.redundant === true ? 2 : 0) |
    (shape.zeroedFlag === true ? 4 : 0) |
    (compressed ? 1 << 16 : 0) |
    (grainsAre === 'marked' ? 1 << 17 : 0);
  const header = (gdOffset: bigint): Buffer =>
    headerBytes({
      version: shape.version ?? 1,
      flags,
      capacity,
      grainSize,
      descriptorOffset: text === null ? 0 : 1,
      descriptorSize,
      numGTEsPerGT,
      rgdOffset: BigInt(rgd),
      gdOffset,
      overHead,
      compressAlgorithm: compressed ? 1 : 0,
    });
  let footer = 0;
  if (!fixed) {
    next = put(next, marker(1, 3));
    footer = next;
    next = put(next, header(BigInt(gd)));
    next = put(next, marker(0, 0));
  }
  put(0, header(fixed ? BigInt(gd) : 0xffff_ffff_ffff_ffffn));
  const bytes = Buffer.alloc(next * sector);
  for (const [at, part] of parts) part.copy(bytes, at * sector);
  return { bytes, gd, rgd, footer, tables, redundantTables, grainSectors };
}

/** Bytes that compress and tell grains apart. */
export function grainOf(seed: number, sectors = 128): Uint8Array {
  return Uint8Array.from({ length: sectors * sector }, (_, at) => (seed * 31 + (at >>> 4) + (at % 7)) & 0xff);
}

/** A changed copy. */
export function patched(image: Uint8Array, change: (bytes: Buffer) => void): Buffer {
  const copy = Buffer.from(image);
  change(copy);
  return copy;
}
