/** Rock Ridge (RRIP 1.12): POSIX names, links, modes, dates, deep folders, and zisofs, out of SUSP fields. */
import type { ByteSource } from '../../../bytes/source.ts';
import { decodeName } from '../../optical/entry-name.ts';
import { decodeLongDate, decodeShortDate } from './dates.ts';
import { childLink, posixAttributes, zisofsField } from './layout.ts';
import { systemUseFields } from './system-use.ts';

export interface RockRidge {
  readonly name: string | null;
  /** With the file type in the upper bits. */
  readonly mode: number | null;
  readonly modifiedAt: string | null;
  readonly target: string | null;
  /** A record that stands for a folder which lies at this block. */
  readonly childLocation: number | null;
  /** The folder was moved here; its real place is elsewhere. */
  readonly relocated: boolean;
  readonly zisofs: { readonly algorithm: string; readonly uncompressedBytes: number } | null;
  /** Sparse (SF), or another thing that changes what the body means; the field's signature. */
  readonly foreignBody: string | null;
}

const nameFlag = { continues: 1, current: 2, parent: 4 } as const;
const componentFlag = { continues: 1, current: 2, parent: 4, root: 8 } as const;
const timeFlag = { creation: 1, modification: 2, longForm: 0x80 } as const;
const longestTarget = 8192;

/** @throws Failure `image.malformed`, `image.truncated` for fields that contradict themselves. */
export function readRockRidge(volume: ByteSource, area: Uint8Array, blockBytes: number): RockRidge {
  const found: { -readonly [K in keyof RockRidge]: RockRidge[K] } = {
    name: null,
    mode: null,
    modifiedAt: null,
    target: null,
    childLocation: null,
    relocated: false,
    zisofs: null,
    foreignBody: null,
  };
  const nameParts: Uint8Array[] = [];
  const link = new LinkTarget();
  for (const { signature, bytes } of systemUseFields(volume, area, blockBytes)) {
    if (signature === 'NM' && bytes.length >= 5) {
      if ((bytes[4]! & (nameFlag.current | nameFlag.parent)) === 0) nameParts.push(bytes.subarray(5));
    } else if (signature === 'PX' && bytes.length >= posixAttributes.sizeBytes) {
      found.mode = posixAttributes.decode(bytes).mode;
    } else if (signature === 'TF' && bytes.length >= 5) found.modifiedAt = modificationOf(bytes);
    else if (signature === 'SL' && bytes.length >= 5) link.add(bytes.subarray(5));
    else if (signature === 'CL' && bytes.length >= childLink.sizeBytes) {
      found.childLocation = childLink.decode(bytes).location;
    } else if (signature === 'RE') found.relocated = true;
    else if (signature === 'ZF' && bytes.length >= zisofsField.sizeBytes) {
      found.zisofs = zisofsField.decode(bytes);
    } else if (signature === 'SF') found.foreignBody = signature;
  }
  if (nameParts.length > 0) found.name = decodeName(Buffer.concat(nameParts));
  found.target = link.text;
  return found;
}

/** The date of the last change among those that TF holds, which lie in the order of their flags (4.1.6). */
function modificationOf(field: Uint8Array): string | null {
  const flags = field[4]!;
  if ((flags & timeFlag.modification) === 0) return null;
  const long = (flags & timeFlag.longForm) !== 0;
  const sizeBytes = long ? 17 : 7;
  const at = 5 + ((flags & timeFlag.creation) === 0 ? 0 : sizeBytes);
  const stamp = field.subarray(at, at + sizeBytes);
  if (stamp.length < sizeBytes) return null;
  return long ? decodeLongDate(stamp) : decodeShortDate(stamp);
}

/** A link's target out of its component records (4.1.3.1), which may go on from one SL field to the next. */
class LinkTarget {
  #parts: Uint8Array[] = [];
  #lengthBytes = 0;
  /** Whether the component before goes on, so that no slash comes between. */
  #continues = true;
  #present = false;

  add(components: Uint8Array): void {
    this.#present = true;
    let at = 0;
    while (at + 2 <= components.length && this.#lengthBytes <= longestTarget) {
      const [flags, length] = [components[at]!, components[at + 1]!];
      if (!this.#continues) this.#push('/');
      if ((flags & componentFlag.root) !== 0) this.#push('/');
      else if ((flags & componentFlag.parent) !== 0) this.#push('..');
      else if ((flags & componentFlag.current) !== 0) this.#push('.');
      else this.#push(components.subarray(at + 2, at + 2 + length));
      this.#continues = (flags & (componentFlag.continues | componentFlag.root)) !== 0;
      at += 2 + length;
    }
  }

  #push(part: string | Uint8Array): void {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    this.#parts.push(bytes);
    this.#lengthBytes += bytes.length;
  }

  get text(): string | null {
    return this.#present ? decodeName(Buffer.concat(this.#parts)) : null;
  }
}
