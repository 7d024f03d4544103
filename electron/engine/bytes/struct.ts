/** On-disk structures declared once: the same declaration decodes, encodes and names what is wrong. */
import { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import { requireWithin, type ByteSource } from './source.ts';

/** One field: where it is in its structure, and how it is read and written. */
export interface Field<T> {
  readonly offset: number;
  readonly sizeBytes: number;
  /** @throws RangeError with the problem in words; the structure turns it into a Failure. */
  get(view: DataView, at: number): T;
  set(view: DataView, at: number, value: T): void;
}

type Fields = Readonly<Record<string, Field<unknown>>>;
export type ValuesOf<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** A structure of a format's specification. Offsets in bytes from the structure's start. */
export interface Struct<F extends Fields> {
  readonly sizeBytes: number;
  readonly fields: F;
  /** Decodes at `at` of `bytes`; `fileOffset` is where the structure begins in its file, for messages. */
  decode(bytes: Uint8Array, at?: number, fileOffset?: number): ValuesOf<F>;
  /** Reads and decodes. @throws Failure `image.truncated`, `image.malformed`. */
  read(source: ByteSource, fileOffset: number): ValuesOf<F>;
  /** Encodes into `into` at `at`, or into a new zeroed buffer; absent values stay as they are. */
  encode(values: Partial<ValuesOf<F>>, into?: Uint8Array, at?: number): Uint8Array;
  /** The failure that says `field` is wrong, for checks that need more than one field. */
  malformed(field: keyof F & string, problem: Message, fileOffset?: number): Failure<'image.malformed'>;
}

/** Declares a structure of `sizeBytes` bytes. `identity.format` is the driver's id, `name` the specification's. */
export function struct<F extends Fields>(
  identity: { readonly format: string; readonly name: string },
  sizeBytes: number,
  fields: F,
): Struct<F> {
  const entries = Object.entries(fields);
  const malformed = (field: keyof F & string, problem: Message, fileOffset = 0): Failure<'image.malformed'> =>
    new Failure('image.malformed', {
      format: identity.format,
      structure: identity.name,
      field,
      fileOffset: fileOffset + (fields[field]?.offset ?? 0),
      problem,
    });
  const decode = (bytes: Uint8Array, at = 0, fileOffset = 0): ValuesOf<F> => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, sizeBytes);
    const values: Record<string, unknown> = {};
    for (const [name, field] of entries) {
      try {
        values[name] = field.get(view, field.offset);
      } catch (error) {
        throw malformed(name, error instanceof Error ? error.message : String(error), fileOffset);
      }
    }
    return values as ValuesOf<F>;
  };
  return {
    sizeBytes,
    fields,
    decode,
    malformed,
    read(source, fileOffset) {
      requireWithin(source, fileOffset, sizeBytes);
      const bytes = new Uint8Array(sizeBytes);
      source.read(fileOffset, bytes);
      return decode(bytes, 0, fileOffset);
    },
    encode(values, into = new Uint8Array(sizeBytes), at = 0) {
      const view = new DataView(into.buffer, into.byteOffset + at, sizeBytes);
      for (const [name, field] of entries) {
        const value = values[name];
        if (value !== undefined) field.set(view, field.offset, value);
      }
      return into;
    },
  };
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) {
    throw new RangeError(`${value} is beyond any possible size`);
  }
  return Number(value);
}

type Endian = 'le' | 'be';
const integer =
  (bits: 8 | 16 | 32, endian: Endian, signed = false) =>
  (offset: number): Field<number> => {
    const type = `${signed ? 'Int' : 'Uint'}${bits}` as 'Uint8' | 'Uint16' | 'Uint32' | 'Int32';
    const little = endian === 'le';
    return {
      offset,
      sizeBytes: bits / 8,
      get: (view, at) => view[`get${type}`](at, little),
      set: (view, at, value) => view[`set${type}`](at, value, little),
    };
  };
const integer64 =
  (endian: Endian) =>
  (offset: number): Field<number> => ({
    offset,
    sizeBytes: 8,
    get: (view, at) => safe(view.getBigUint64(at, endian === 'le')),
    set: (view, at, value) => view.setBigUint64(at, BigInt(value), endian === 'le'),
  });
const bits64 =
  (endian: Endian) =>
  (offset: number): Field<bigint> => ({
    offset,
    sizeBytes: 8,
    get: (view, at) => view.getBigUint64(at, endian === 'le'),
    set: (view, at, value) => view.setBigUint64(at, value, endian === 'le'),
  });

export const u8 = integer(8, 'be');
export const u16be = integer(16, 'be');
export const u16le = integer(16, 'le');
export const u32be = integer(32, 'be');
export const u32le = integer(32, 'le');
export const i32le = integer(32, 'le', true);
/** 64-bit sizes and offsets: numbers, and a value above Number.MAX_SAFE_INTEGER is a malformed field. */
export const u64be = integer64('be');
export const u64le = integer64('le');
/** 64 bits that are flags or an identifier, not a quantity. */
export const bits64be = bits64('be');
export const bits64le = bits64('le');

/** Fixed-length bytes, copied. */
export function bytes(offset: number, sizeBytes: number): Field<Uint8Array> {
  return {
    offset,
    sizeBytes,
    get: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, sizeBytes).slice(),
    set: (view, at, value) => {
      if (value.length > sizeBytes) throw new RangeError(`${value.length} bytes do not fit in ${sizeBytes}`);
      new Uint8Array(view.buffer, view.byteOffset + at, sizeBytes).fill(0).set(value);
    },
  };
}

/** Fixed-length ASCII, one character a byte, padding kept (trim it where the specification says so). */
export function ascii(offset: number, sizeBytes: number): Field<string> {
  return {
    offset,
    sizeBytes,
    get: (view, at) => String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, sizeBytes)),
    set: (view, at, value) => {
      if (value.length > sizeBytes) throw new RangeError(`"${value}" does not fit in ${sizeBytes} bytes`);
      for (let i = 0; i < sizeBytes; i++) {
        view.setUint8(at + i, i < value.length ? value.charCodeAt(i) & 0xff : 0);
      }
    },
  };
}
