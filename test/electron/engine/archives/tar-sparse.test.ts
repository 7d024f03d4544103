import { describe, expect, it } from 'vitest';
import type { Message } from '#shared/in-english.ts';
import { inWords } from '#shared/text/in-words.ts';
import { TarArchive } from '#engine/archives/tar.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { failureOf, pattern, readAll } from '../../../fixtures/packages/recording.ts';
import { join, padded, paxHeader, tar, tarFile, tarHeader } from '../../../fixtures/packages/tar-builder.ts';

const archiveOf = (bytes: Uint8Array): TarArchive => new TarArchive(new MemorySource(bytes, 'a.ova'));
const data = pattern(1536);

/** 4,096 bytes: 512 of data at 1,024 and 1,024 at 2,560. */
const expected = Buffer.alloc(4096);
expected.set(data.subarray(0, 512), 1024);
expected.set(data.subarray(512), 2560);

const octal = (value: number): string => `${value.toString(8).padStart(11, '0')}\0`;

function oldSparse(
  entries: readonly (readonly [number, number])[],
  realSize: number,
  stored: Uint8Array,
): Uint8Array {
  const text = entries.map(([start, length]) => octal(start) + octal(length));
  const extensions: Uint8Array[] = [];
  for (let at = 4; at < text.length; at += 21) {
    const extension = new Uint8Array(512);
    extension.set(Buffer.from(text.slice(at, at + 21).join('')));
    extension[504] = at + 21 < text.length ? 1 : 0;
    extensions.push(extension);
  }
  const header = tarHeader({
    name: 'sparse',
    type: 'S',
    format: 'gnu',
    sizeBytes: stored.length,
    patch(block) {
      block.set(Buffer.from(text.slice(0, 4).join('')), 386);
      block[482] = extensions.length > 0 ? 1 : 0;
      block.set(Buffer.from(octal(realSize)), 483);
    },
  });
  return join(header, ...extensions, padded(stored));
}

function pax10(map: string, records: readonly (readonly [string, string])[] = []): Uint8Array {
  const stored = join(padded(Buffer.from(map)), data);
  return join(
    paxHeader([
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.name', 'sparse'],
      ['GNU.sparse.realsize', '4096'],
      ...records,
    ]),
    tarFile('GNUSparseFile.0/sparse', stored),
  );
}

describe('sparse members', () => {
  const kinds: [string, Uint8Array][] = [
    [
      'the old format',
      oldSparse(
        [
          [1024, 512],
          [2560, 1024],
        ],
        4096,
        data,
      ),
    ],
    [
      'pax 0.0',
      join(
        paxHeader([
          ['GNU.sparse.size', '4096'],
          ['GNU.sparse.numblocks', '2'],
          ['GNU.sparse.offset', '1024'],
          ['GNU.sparse.numbytes', '512'],
          ['GNU.sparse.offset', '2560'],
          ['GNU.sparse.numbytes', '1024'],
        ]),
        tarFile('sparse', data),
      ),
    ],
    [
      'pax 0.1',
      join(
        paxHeader([
          ['GNU.sparse.size', '4096'],
          ['GNU.sparse.name', 'sparse'],
          ['GNU.sparse.map', '1024,512,2560,1024'],
        ]),
        tarFile('GNUSparseFile.0/sparse', data),
      ),
    ],
    ['pax 1.0', pax10('2\n1024\n512\n2560\n1024\n')],
  ];

  it.each(kinds)('are put together from %s', (_, member) => {
    const archive = archiveOf(tar(tarFile('before', 'x'), member, tarFile('after', 'y')));
    expect(archive.members.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      ['before', 1],
      ['sparse', 4096],
      ['after', 1],
    ]);
    const source = archive.open('sparse');
    expect(readAll(source)).toEqual(expected);
    for (const [start, length] of [
      [0, 4096],
      [1000, 30],
      [1530, 1040],
      [3584, 512],
      [1024, 512],
      [4096, 0],
    ] as const) {
      const part = Buffer.alloc(length);
      source.read(start, part);
      expect(part).toEqual(expected.subarray(start, start + length));
    }
    expect([...source.runs({ start: 0, length: 1e9 })]).toEqual([
      { start: 0, length: 1024, hole: true },
      { start: 1024, length: 512, hole: false },
      { start: 1536, length: 1024, hole: true },
      { start: 2560, length: 1024, hole: false },
      { start: 3584, length: 512, hole: true },
    ]);
    expect(failureOf(() => source.read(4000, new Uint8Array(97))).code).toBe('image.truncated');
    expect(readAll(archive.open('after')).toString()).toBe('y');
  });

  it('in the old format go on in extension blocks', () => {
    const entries = Array.from({ length: 60 }, (_, piece) => [piece * 1000, 10] as const);
    const source = archiveOf(tar(oldSparse(entries, 60_000, pattern(600)))).open('sparse');
    const all = readAll(source);
    expect(all.subarray(59_000, 59_010)).toEqual(Buffer.from(pattern(600).subarray(590)));
    expect(all.subarray(59_010).every((byte) => byte === 0)).toBe(true);
  });

  it.each([
    [
      'overlap',
      oldSparse(
        [
          [1024, 512],
          [1100, 1024],
        ],
        4096,
        data,
      ),
      /overlap/,
    ],
    [
      'go back',
      oldSparse(
        [
          [2560, 512],
          [0, 1024],
        ],
        4096,
        data,
      ),
      /overlap/,
    ],
    [
      'reach beyond the end',
      oldSparse(
        [
          [1024, 512],
          [4000, 1024],
        ],
        4096,
        data,
      ),
      /beyond its end/,
    ],
    ['are not as long as the data', oldSparse([[1024, 512]], 4096, data), /not as long/],
    [
      'are half a pair',
      join(
        paxHeader([
          ['GNU.sparse.size', '9'],
          ['GNU.sparse.map', '1,2,3'],
        ]),
        tarFile('s', data),
      ),
      /half/,
    ],
    [
      'are no numbers',
      join(
        paxHeader([
          ['GNU.sparse.size', '9'],
          ['GNU.sparse.map', 'a,b'],
        ]),
        tarFile('s', data),
      ),
      /overlap/,
    ],
    ['have no size', join(paxHeader([['GNU.sparse.map', '0,1']]), tarFile('s', data)), /no size/],
    ['never end', pax10('900\n1\n1\n'), /does not end|else than numbers/],
    ['hold text', pax10('2\n1024\nxyz\n'), /else than numbers/],
    ['hold too many', pax10('99999999\n'), /too long/],
    ['are of a format to come', pax10('0\n', [['GNU.sparse.major', '2']]), /unknown format/],
  ])('are refused when the pieces %s', (_, member, problem) => {
    const failure = failureOf(() => archiveOf(tar(member)));
    expect(failure.code).toBe('package.malformed');
    expect(inWords((failure.details as { problem: Message }).problem)).toMatch(problem);
  });
});
