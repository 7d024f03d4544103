/** Builds VHDs byte by byte after the VHD 1.0 specification, for what no program at hand writes. */

export interface Locator {
  readonly code: string;
  readonly data: Uint8Array;
}

export interface Block {
  /** Which sectors the file holds. */
  readonly present: (sector: number) => boolean;
  readonly data: Uint8Array;
}

export interface VhdParts {
  readonly type: 2 | 3 | 4;
  readonly currentSize: number;
  readonly creator?: string;
  readonly creatorVersion?: number;
  readonly geometry?: readonly [number, number, number];
  readonly uniqueId?: Uint8Array;
  readonly timeStamp?: number;
  readonly savedState?: boolean;
  /** The data of a fixed disk. */
  readonly data?: Uint8Array;
  readonly blockBytes?: number;
  /** The sector bitmaps as XenServer first had them. */
  readonly lowestBitFirst?: boolean;
  /** Null is a block that the file does not hold. */
  readonly blocks?: readonly (Block | null)[];
  /** XenServer's: which blocks are complete. */
  readonly batmap?: readonly boolean[];
  readonly parentId?: Uint8Array;
  readonly parentTimeStamp?: number;
  readonly parentName?: string;
  readonly locators?: readonly Locator[];
}

/** The image in the parts that tests take apart. */
export interface BuiltVhd {
  readonly body: Uint8Array;
  readonly footer: Uint8Array;
  /** Where the dynamic header, the table of blocks and each block begin. */
  readonly headerOffset: number;
  readonly tableOffset: number;
  readonly blockOffsets: readonly number[];
  whole(): Uint8Array;
}

export function checksum(bytes: Uint8Array): number {
  return ~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0;
}

export function utf16(text: string, order: 'le' | 'be'): Uint8Array {
  const bytes = Buffer.from(text, 'utf16le');
  return new Uint8Array(order === 'le' ? bytes : bytes.swap16());
}

function seal(bytes: Uint8Array, offset: number): Uint8Array {
  const view = new DataView(bytes.buffer);
  view.setUint32(offset, 0);
  view.setUint32(offset, checksum(bytes));
  return bytes;
}

/** Recomputes the checksum of a footer after it was changed. */
export function sealFooter(footer: Uint8Array): Uint8Array {
  return seal(footer, 64);
}

/** Recomputes the checksum of a dynamic disk header after it was changed. */
export function sealHeader(header: Uint8Array): Uint8Array {
  return seal(header, 36);
}

export function buildVhd(parts: VhdParts): BuiltVhd {
  const footer = buildFooter(parts);
  if (parts.type === 2) {
    return assemble(parts.data ?? new Uint8Array(parts.currentSize), footer, -1, -1, []);
  }
  const { blocks = [], blockBytes = 2 << 20, locators = [], batmap } = parts;
  const pieces: Uint8Array[] = [footer];
  let at = footer.length;
  const put = (bytes: Uint8Array): number => {
    const padded = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    padded.set(bytes);
    pieces.push(padded);
    at += padded.length;
    return at - padded.length;
  };
  const header = new Uint8Array(1024);
  const table = new Uint8Array(Math.ceil((blocks.length * 4) / 512) * 512).fill(0xff);
  const headerOffset = put(header);
  const tableOffset = put(table);
  if (batmap !== undefined) {
    const bits = new Uint8Array(512);
    for (const [index, set] of batmap.entries()) if (set) bits[index >>> 3]! |= 0x80 >>> (index & 7);
    const head = new Uint8Array(512);
    const headView = new DataView(head.buffer);
    head.set(Buffer.from('tdbatmap'));
    headView.setBigUint64(8, BigInt(at + 512));
    headView.setUint32(16, 1);
    headView.setUint32(20, 0x00010002);
    headView.setUint32(24, checksum(bits));
    put(head);
    put(bits);
  }
  const placed = locators.map((locator) => ({ ...locator, offset: put(locator.data) }));
  const tableView = new DataView(table.buffer);
  const blockOffsets = blocks.map((block, index) => {
    if (block === null) return -1;
    const bitmap = new Uint8Array(Math.ceil(blockBytes / 512 / 8 / 512) * 512);
    for (let sector = 0; sector < blockBytes / 512; sector++) {
      const bit = parts.lowestBitFirst === true ? 1 << (sector & 7) : 0x80 >>> (sector & 7);
      if (block.present(sector)) bitmap[sector >>> 3]! |= bit;
    }
    const offset = put(bitmap);
    tableView.setUint32(index * 4, offset / 512);
    const data = new Uint8Array(blockBytes);
    data.set(block.data);
    put(data);
    return offset;
  });
  // The parts above were copied into their place before they were complete.
  fillHeader(header, tableOffset, parts, placed);
  pieces[1] = header;
  pieces[2] = table;
  return assemble(new Uint8Array(Buffer.concat(pieces)), footer, headerOffset, tableOffset, blockOffsets);
}

function assemble(
  body: Uint8Array,
  footer: Uint8Array,
  headerOffset: number,
  tableOffset: number,
  blockOffsets: readonly number[],
): BuiltVhd {
  const whole = (): Uint8Array => new Uint8Array(Buffer.concat([body, footer]));
  return { body, footer, headerOffset, tableOffset, blockOffsets, whole };
}

function fillHeader(
  header: Uint8Array,
  tableOffset: number,
  parts: VhdParts,
  locators: readonly (Locator & { offset: number })[],
): void {
  const view = new DataView(header.buffer);
  header.set(Buffer.from('cxsparse'));
  view.setBigUint64(8, 0xffff_ffff_ffff_ffffn);
  view.setBigUint64(16, BigInt(tableOffset));
  view.setUint32(24, 0x00010000);
  view.setUint32(28, parts.blocks?.length ?? 0);
  view.setUint32(32, parts.blockBytes ?? 2 << 20);
  header.set(parts.parentId ?? new Uint8Array(16), 40);
  view.setUint32(56, parts.parentTimeStamp ?? 0);
  header.set(utf16(parts.parentName ?? '', 'be'), 64);
  for (const [index, { code, data, offset }] of locators.entries()) {
    const entry = 576 + index * 24;
    header.set(Buffer.from(code), entry);
    view.setUint32(entry + 4, Math.ceil(data.length / 512) * 512);
    view.setUint32(entry + 8, data.length);
    view.setBigUint64(entry + 16, BigInt(offset));
  }
  sealHeader(header);
}

function buildFooter(parts: VhdParts): Uint8Array {
  const footer = new Uint8Array(512);
  const view = new DataView(footer.buffer);
  const [cylinders, heads, sectors] = parts.geometry ?? [65535, 16, 255];
  footer.set(Buffer.from('conectix'));
  view.setUint32(8, 2);
  view.setUint32(12, 0x00010000);
  view.setBigUint64(16, parts.type === 2 ? 0xffff_ffff_ffff_ffffn : 512n);
  view.setUint32(24, parts.timeStamp ?? 0);
  footer.set(Buffer.from(parts.creator ?? 'win '), 28);
  view.setUint32(32, parts.creatorVersion ?? 0x00010003);
  footer.set(Buffer.from('Wi2k'), 36);
  view.setBigUint64(40, BigInt(parts.currentSize));
  view.setBigUint64(48, BigInt(parts.currentSize));
  view.setUint16(56, cylinders);
  footer[58] = heads;
  footer[59] = sectors;
  view.setUint32(60, parts.type);
  footer.set(parts.uniqueId ?? new Uint8Array(16).fill(7), 68);
  footer[84] = parts.savedState === true ? 1 : 0;
  return sealFooter(footer);
}
