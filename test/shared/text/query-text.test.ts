import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuery } from '#shared/query/parse.ts';
import { explainQuery } from '#shared/text/query-text.ts';
import { someQuery } from '../query/some-queries.ts';

describe('explainQuery', () => {
  it.each([
    ['', null],
    ['format:qcow2 size:>20G', 'Qcow2 images larger than 20 GiB on disk'],
    ['kind:disk format:qcow2,vmdk added:<7d', 'Qcow2 or vmdk disks added in the last 7 days'],
    ['debian', 'Images with “debian”'],
    ['"web server" tag:prod,test', 'Images with “web server” just so, tagged “prod” or “test”'],
    ['-is:missing rating:>=4', 'Images not missing from their place, rated 4 stars or more'],
    ['rating:<1', 'Images rated fewer than 1 star'],
    ['is:duplicate virtual:>=100G', 'Images there more than once, with a virtual size of at least 100 GiB'],
    ['origin:converted modified:>1y', 'Images converted by Platter, changed more than 1 year ago'],
    ['added:2026-03 name:alpine', 'Images added in March 2026, with “alpine” in the name'],
    ['added:>=2026-03-01 added:<2027', 'Images added since 1 Mar 2026, added before 2027'],
    ['kind:package OR format:iso', 'Packages, or iso images'],
    [
      '(a OR b) -(tag:x size:<1G)',
      'Images (with “a” or with “b”), not (tagged “x” and smaller than 1 GiB on disk)',
    ],
    ['kind:disk kind:package', 'Disks that are packages'],
    ['added:<1d', 'Images added in the last day'],
  ])('says of %s: %s', (text, words) => {
    expect(explainQuery(parseQuery(text).query)).toBe(words);
  });

  it('has words for every query, and none that a value does not show in', () => {
    fc.assert(
      fc.property(someQuery, (query) => {
        const words = explainQuery(query);
        if (words === null) return;
        expect(words).not.toMatch(/undefined|null|NaN|\[object/);
      }),
      { numRuns: 1000 },
    );
  });
});
