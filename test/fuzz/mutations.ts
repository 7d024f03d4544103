/** Mutations that a hostile or damaged file would have: pointers turned elsewhere, counts made absurd, pieces moved or lost. */
import fc from 'fast-check';
import type { Specimen } from './specimens.ts';

export type Mutation =
  | { readonly kind: 'bit'; readonly at: number; readonly bit: number }
  | {
      readonly kind: 'word';
      readonly at: number;
      readonly width: 1 | 2 | 4 | 8;
      readonly value: bigint;
      readonly little: boolean;
    }
  | { readonly kind: 'copy'; readonly from: number; readonly to: number; readonly length: number }
  | { readonly kind: 'cut'; readonly length: number }
  | { readonly kind: 'zero'; readonly at: number; readonly length: number };

/** Values at which arithmetic goes wrong, and places inside the file. */
function values(specimen: Specimen): fc.Arbitrary<bigint> {
  const size = BigInt(specimen.bytes.length);
  const edges = [0n, 1n, 2n, 3n, 7n, 8n, 9n, 31n, 63n, 64n, 255n, 511n, 512n, 513n, 65_535n, 65_536n];
  const large = [
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 63n - 1n,
    2n ** 63n,
  ];
  const own = [size, size - 1n, size + 1n, size / 2n, size / 512n, 2n ** 64n - 1n, 2n ** 64n - 2n];
  return fc.oneof(
    fc.constantFrom(...edges, ...large, ...own),
    fc.bigInt({ min: 0n, max: size + 65_536n }),
    fc.constantFrom(...specimen.metadata.slice(0, 64).map((at) => BigInt(at))),
  );
}

/** One to three mutations of the specimen's metadata. */
export function mutations(specimen: Specimen): fc.Arbitrary<readonly Mutation[]> {
  const size = specimen.bytes.length;
  const place = fc
    .tuple(fc.nat({ max: specimen.metadata.length - 1 }), fc.nat({ max: 7 }))
    .map(([index, within]) => Math.min(specimen.metadata[index]! + within, size - 1));
  const aligned = fc.nat({ max: specimen.metadata.length - 1 }).map((index) => specimen.metadata[index]!);
  const one: fc.Arbitrary<Mutation> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('bit' as const), at: place, bit: fc.nat({ max: 7 }) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('word' as const),
        at: fc.oneof(aligned, place),
        width: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
        value: values(specimen),
        little: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('copy' as const),
        from: aligned,
        to: aligned,
        length: fc.constantFrom(4, 8, 16, 512, 4096),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), length: fc.nat({ max: size }) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('zero' as const),
        at: aligned,
        length: fc.constantFrom(8, 512, 4096, 65_536),
      }),
    },
  );
  return fc.array(one, { minLength: 1, maxLength: 3 });
}

/** The specimen's bytes with the mutations applied in order. */
export function mutate(bytes: Uint8Array, applied: readonly Mutation[]): Uint8Array {
  let result: Uint8Array = Uint8Array.from(bytes);
  for (const mutation of applied) result = mutateOnce(result, mutation);
  return result;
}

function mutateOnce(bytes: Uint8Array, mutation: Mutation): Uint8Array {
  switch (mutation.kind) {
    case 'bit':
      if (mutation.at < bytes.length) bytes[mutation.at]! ^= 1 << mutation.bit;
      return bytes;
    case 'word':
      for (let index = 0; index < mutation.width; index++) {
        const shift = BigInt(mutation.little ? index : mutation.width - 1 - index) * 8n;
        const at = mutation.at + index;
        if (at < bytes.length) bytes[at] = Number((mutation.value >> shift) & 0xffn);
      }
      return bytes;
    case 'copy':
      if (mutation.to < bytes.length)
        bytes.copyWithin(mutation.to, mutation.from, mutation.from + mutation.length);
      return bytes;
    case 'cut':
      return bytes.slice(0, mutation.length);
    case 'zero':
      return bytes.fill(0, mutation.at, mutation.at + mutation.length);
  }
}
