/** Descriptor texts and the smaller kinds of extents, built from their tables. */

/** A separate descriptor with those extent lines. */
export function separate(createType: string, lines: readonly string[], more = ''): Buffer {
  return Buffer.from(
    `# Disk DescriptorFile\nversion=1\nCID=cafe0001\nparentCID=ffffffff\ncreateType="${createType}"\n${more}\n` +
      `# Extent description\n${lines.join('\n')}\n\n#DDB\nddb.adapterType = "lsilogic"\n`,
    'latin1',
  );
}

/** An ESX server sparse extent: grain number → bytes. Tables follow the directory, grains follow the tables. */
export function cowExtent(
  sectors: number,
  grainSize: number,
  grains: Readonly<Record<number, Uint8Array>>,
): Buffer {
  const tableCount = Math.ceil(Math.ceil(sectors / grainSize) / 4096);
  const tables = Array.from({ length: tableCount }, () => Buffer.alloc(16384));
  const directory = Buffer.alloc(Math.ceil((tableCount * 4) / 512) * 512);
  const firstTable = 4 + directory.length / 512;
  const parts: Buffer[] = [];
  let next = firstTable + tableCount * 32;
  for (const [key, bytes] of Object.entries(grains)) {
    const grain = Number(key);
    tables[Math.floor(grain / 4096)]!.writeUInt32LE(next, (grain % 4096) * 4);
    parts.push(Buffer.from(bytes));
    next += grainSize;
  }
  for (let index = 0; index < tableCount; index++)
    directory.writeUInt32LE(firstTable + index * 32, index * 4);
  const header = Buffer.alloc(2048);
  header.write('COWD', 'latin1');
  for (const [index, value] of [1, 3, sectors, grainSize, 4, tableCount, next].entries()) {
    header.writeUInt32LE(value, 4 + index * 4);
  }
  return Buffer.concat([header, directory, ...tables, ...parts]);
}

/** Where the structures of seSparseExtent() are, in sectors. */
export const seSparsePlaces = { volatile: 1, directory: 2, tables: 10, grains: 200 };

/** A space-efficient sparse extent: grain number → bytes, or one of the states that read as zeros. */
export function seSparseExtent(
  sectors: number,
  grains: Readonly<Record<number, Uint8Array | 'zero' | 'unmapped'>>,
): Buffer {
  const places = seSparsePlaces;
  const contents = Object.entries(grains);
  const bytes = Buffer.alloc((places.grains + contents.length * 8) * 512);
  const header: [number, bigint][] = [
    [0, 0xcafebaben],
    [8, 0x200000001n],
    [16, BigInt(sectors)],
    [24, 8n],
    [32, 64n],
    [80, BigInt(places.volatile)],
    [88, 1n],
    [128, BigInt(places.directory)],
    [136, 8n],
    [144, BigInt(places.tables)],
    [152, BigInt(places.grains - places.tables)],
    [192, BigInt(places.grains)],
    [200, BigInt(contents.length * 8)],
  ];
  for (const [at, value] of header) bytes.writeBigUInt64LE(value, at);
  bytes.writeBigUInt64LE(0xcafecafen, places.volatile * 512);
  const tableOf = new Map<number, number>();
  let place = 0;
  for (const [key, content] of contents) {
    const grain = Number(key);
    const index = Math.floor(grain / 4096);
    if (!tableOf.has(index)) {
      tableOf.set(index, tableOf.size);
      const entry = 0x1000_0000_0000_0000n | BigInt(tableOf.size - 1);
      bytes.writeBigUInt64LE(entry, places.directory * 512 + index * 8);
    }
    const at = places.tables * 512 + tableOf.get(index)! * 32768 + (grain % 4096) * 8;
    if (content === 'zero') bytes.writeBigUInt64LE(0x2000_0000_0000_0000n, at);
    else if (content === 'unmapped') bytes.writeBigUInt64LE(0x1000_0000_0000_0000n, at);
    else {
      const number = BigInt(place);
      bytes.writeBigUInt64LE(0x3000_0000_0000_0000n | ((number & 0xfffn) << 48n) | (number >> 12n), at);
      bytes.set(content, (places.grains + place * 8) * 512);
      place++;
    }
  }
  return bytes;
}
