/** Entries of every kind, for properties of the library. */
import fc from 'fast-check';
import { now, type Row } from './library-rows.ts';
import type { PlainLink } from './plain-belonging.ts';

/** Of these names there are entries often, so that what others say of them means somebody. */
const known = ['/a/k1x', '/a/k2x', '/a/b1/k3x', '/b/É/k4x'] as const;

const someLink: fc.Arbitrary<PlainLink> = fc.record({
  role: fc.constantFrom('parent' as const, 'extent' as const, 'disk' as const, 'medium' as const),
  target: fc.constantFrom(...known, '/elsewhere'),
  required: fc.boolean(),
  found: fc.option(fc.boolean()),
});

export const someRow: fc.Arbitrary<Row> = fc.record({
  path: fc.oneof(
    fc.constantFrom(...known),
    fc
      .tuple(
        fc.constantFrom('/a', '/b/É', '/a/b1'),
        fc.string({ unit: fc.constantFrom('a', 'b', 'É', '1', '-', '.', '_'), minLength: 1, maxLength: 6 }),
      )
      .map(([folder, name]) => `${folder}/${name}x`),
  ),
  kind: fc.constantFrom('disk', 'package', 'optical'),
  format: fc.constantFrom('raw', 'qcow2', 'vmdk'),
  virtual: fc.option(fc.nat(8).map((count) => count << 20)),
  allocated: fc.nat(8).map((count) => count << 20),
  added: fc.nat(500).map((days) => now - days * 43_200_000),
  modified: fc.option(fc.nat(500).map((days) => now - days * 43_200_000)),
  origin: fc.option(fc.constantFrom('extracted', 'converted', 'built')),
  missing: fc.constantFrom(0, 1),
  fingerprint: fc.option(fc.constantFrom('a', 'b', 'c').map((letter) => letter.repeat(64))),
  note: fc.option(
    fc.string({ unit: fc.constantFrom('a', 'b', 'É', ' ', '1', 'raw', '-'), minLength: 1, maxLength: 8 }),
  ),
  rating: fc.option(fc.integer({ min: 1, max: 5 })),
  tag: fc.option(fc.constantFrom(1, 2)),
  root: fc.option(fc.constantFrom('1', 'a', 'b').map((letter) => letter.repeat(64))),
  guest: fc.option(fc.constantFrom('a 1', 'B-é', 'disk b', 'debian 12', 'Ubuntu_64')),
  links: fc.array(someLink, { maxLength: 3 }),
});
