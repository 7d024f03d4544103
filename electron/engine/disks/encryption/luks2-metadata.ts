/** The JSON area of LUKS version 2, as far as it takes to decrypt: checked field by field (LUKS2 On-Disk Format, section 3). */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { Argon2Parameters, Pbkdf2Parameters } from './key-derivation.ts';

export interface Luks2Segment {
  readonly id: string;
  readonly offset: number;
  /** Null for "dynamic": to the end of the device. */
  readonly lengthBytes: number | null;
  readonly vectorOffset: number;
  readonly encryption: string;
  readonly sectorBytes: number;
}

export interface Luks2KeySlot {
  readonly id: string;
  readonly keyBytes: number;
  readonly area: { readonly offset: number; readonly encryption: string; readonly keyBytes: number };
  readonly stripes: number;
  readonly stripeHash: string;
  readonly derivation:
    ({ readonly type: 'pbkdf2' } & Pbkdf2Parameters) | ({ readonly type: 'argon2' } & Argon2Parameters);
}

export interface Luks2Digest extends Pbkdf2Parameters {
  readonly keySlots: readonly string[];
  readonly segments: readonly string[];
  readonly digest: Uint8Array;
}

/** More objects of one kind than any header has room for with sense. */
const maximumObjects = 64;
const maximumKeyBytes = 512;

/** The data segment. @throws Failure `image.malformed`; `image.unsupported` for volumes in the middle of a re-encryption. */
export function readSegment(json: unknown): Luks2Segment {
  const requirements = optional(optional(json, 'config'), 'requirements');
  const mandatory = optional(requirements, 'mandatory');
  if (Array.isArray(mandatory) && mandatory.length > 0) {
    throw unsupported(
      inEnglish('volumes that require {mandatory}', { mandatory: mandatory.slice(0, 8).join(', ') }),
    );
  }
  const segments = entries(json, 'segments').filter(
    ([, segment]) =>
      !textList(optional(segment, 'flags') ?? [], 'flags').some((flag) => flag.startsWith('backup-')),
  );
  const [first] = segments;
  if (first === undefined) throw malformed('segments', inEnglish('there is none'));
  const [id, segment] = first;
  if (segments.length > 1) throw unsupported(inEnglish('volumes of several segments'));
  if (text(segment, 'type') !== 'crypt')
    throw unsupported(inEnglish('segments of the type {segment}', { segment: text(segment, 'type') }));
  if (optional(segment, 'integrity') !== undefined) throw unsupported(inEnglish('authenticated encryption'));
  const sectorBytes = integer(segment, 'sector_size');
  if (![512, 1024, 2048, 4096].includes(sectorBytes)) {
    throw malformed('sector_size', inEnglish('{sectorBytes} is no size of a sector', { sectorBytes }));
  }
  return {
    id,
    offset: decimal(segment, 'offset'),
    lengthBytes: text(segment, 'size') === 'dynamic' ? null : decimal(segment, 'size'),
    vectorOffset: decimal(segment, 'iv_tweak'),
    encryption: text(segment, 'encryption'),
    sectorBytes,
  };
}

/** The key slots that hold a key for a passphrase, the preferred ones first. @throws Failure `image.malformed`. */
export function readKeySlots(json: unknown): Luks2KeySlot[] {
  return entries(json, 'keyslots')
    .filter(([, slot]) => text(slot, 'type') === 'luks2' && optional(slot, 'priority') !== 0)
    .sort(([, one], [, other]) => priority(other) - priority(one))
    .map(([id, slot]) => readKeySlot(id, slot));
}

function priority(slot: unknown): number {
  return Number(optional(slot, 'priority') ?? 1);
}

function readKeySlot(id: string, slot: unknown): Luks2KeySlot {
  const area = member(slot, 'area');
  const split = member(slot, 'af');
  if (text(split, 'type') !== 'luks1')
    throw unsupported(inEnglish('stripes of the type {split}', { split: text(split, 'type') }));
  return {
    id,
    keyBytes: keyLength(slot),
    area: {
      offset: decimal(area, 'offset'),
      encryption: text(area, 'encryption'),
      keyBytes: keyLength(area),
    },
    stripes: integer(split, 'stripes'),
    stripeHash: text(split, 'hash'),
    derivation: readDerivation(member(slot, 'kdf')),
  };
}

function readDerivation(kdf: unknown): Luks2KeySlot['derivation'] {
  const type = text(kdf, 'type');
  const salt = base64(kdf, 'salt');
  if (type === 'pbkdf2') {
    return { type, hash: text(kdf, 'hash'), salt, iterations: integer(kdf, 'iterations') };
  }
  if (type !== 'argon2i' && type !== 'argon2id')
    throw unsupported(inEnglish('key slots with {type}', { type }));
  if (salt.length < 8)
    throw malformed('salt', inEnglish('{count} bytes are too few', { count: salt.length }));
  return {
    type: 'argon2',
    variant: type,
    salt,
    passes: integer(kdf, 'time'),
    memoryKiB: integer(kdf, 'memory'),
    lanes: integer(kdf, 'cpus'),
  };
}

/** The digests by which a key is known to be right. @throws Failure `image.malformed`. */
export function readDigests(json: unknown): Luks2Digest[] {
  return entries(json, 'digests')
    .filter(([, digest]) => text(digest, 'type') === 'pbkdf2')
    .map(([, digest]) => {
      const bytes = base64(digest, 'digest');
      if (bytes.length < 16 || bytes.length > 64)
        throw malformed('digest', inEnglish('{count} bytes are no digest', { count: bytes.length }));
      return {
        keySlots: textList(member(digest, 'keyslots'), 'keyslots'),
        segments: textList(member(digest, 'segments'), 'segments'),
        hash: text(digest, 'hash'),
        salt: base64(digest, 'salt'),
        iterations: integer(digest, 'iterations'),
        digest: bytes,
      };
    });
}

function entries(json: unknown, name: string): [string, unknown][] {
  const found = Object.entries(member(json, name) as object);
  if (found.length > maximumObjects)
    throw malformed(name, inEnglish('{count} objects are too many', { count: found.length }));
  return found;
}

function optional(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function member(value: unknown, name: string): unknown {
  const found = optional(value, name);
  if (typeof found !== 'object' || found === null) throw malformed(name, inEnglish('it is not an object'));
  return found;
}

function text(value: unknown, name: string): string {
  const found = optional(value, name);
  if (typeof found !== 'string') throw malformed(name, inEnglish('it is not a text'));
  return found;
}

function textList(value: unknown, name: string): string[] {
  if (!Array.isArray(value)) throw malformed(name, inEnglish('it is not a list'));
  return value.map(String);
}

function integer(value: unknown, name: string): number {
  const found = optional(value, name);
  if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < 0) {
    throw malformed(name, inEnglish('it is not a whole number'));
  }
  return found;
}

/** Offsets and sizes are decimal texts: JSON has no whole numbers of 64 bits. */
function decimal(value: unknown, name: string): number {
  const found = text(value, name);
  if (!/^\d{1,16}$/.test(found) || !Number.isSafeInteger(Number(found))) {
    throw malformed(name, inEnglish('"{found}" is no size', { found: found.slice(0, 40) }));
  }
  return Number(found);
}

function base64(value: unknown, name: string): Uint8Array {
  return new Uint8Array(Buffer.from(text(value, name), 'base64'));
}

function keyLength(value: unknown): number {
  const found = integer(value, 'key_size');
  if (found < 1 || found > maximumKeyBytes)
    throw malformed('key_size', inEnglish('{found} is no length of a key', { found }));
  return found;
}

function malformed(field: string, problem: Message): Failure<'image.malformed'> {
  return new Failure('image.malformed', {
    format: 'luks',
    structure: 'LUKS2 JSON area',
    field,
    fileOffset: 4096,
    problem,
  });
}

function unsupported(feature: Message): Failure<'image.unsupported'> {
  return new Failure('image.unsupported', { format: 'luks', feature });
}
