import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { setLanguage } from '#shared/language.ts';
import { inWords } from '#shared/text/in-words.ts';
import { speak } from '#shared/text/languages.ts';
import { oneDisk } from '../../../../fixtures/packages/descriptors.ts';
import { openPackageOf } from '../../../../fixtures/packages/memory-container.ts';
import { failureOf, readAll } from '../../../../fixtures/packages/recording.ts';

const codes = (warnings: readonly { code: string }[]): string[] => warnings.map(({ code }) => code);

afterEach(() => setLanguage('en', {}));

describe('chunks', () => {
  const withFile = (attributes: string, files: Record<string, Uint8Array | string>) =>
    openPackageOf(oneDisk(attributes), files);
  const chunks = { 'd.img.000000000': 'raw1', 'd.img.000000001': 'raw2', 'd.img.000000002': '3' };

  it.each([
    [
      'of any sizes',
      { 'd.img.000000000': 'raw1', 'd.img.000000001': 'raw two', 'd.img.000000002': 'raw 3' },
      'raw 3',
    ],
    ['that each begin as a disk does', { 'd.img.000000000': 'KDMV1', 'd.img.000000001': 'KDMV2' }, 'KDMV2'],
    ['of which one is left', { 'd.img.000000003': 'raw4' }, 'raw4'],
  ])('snapshots that are numbered as chunks are: the last one counts, %s', (_, files, content) => {
    const reader = withFile('ovf:href="d.img"', files as Record<string, string>);
    expect(readAll(reader.openFile('d.img')).toString()).toBe(content);
    expect(reader.info.warnings).toMatchObject([{ code: 'package.undeclared-chunks' }]);
    expect(reader.info.warnings[0]!.message).toContain(`called ${Object.keys(files).at(-1)!}`);
  });

  it('chunks whose sizes make up what the descriptor says are no snapshots', () => {
    const reader = withFile('ovf:href="d.img" ovf:size="10"', {
      'd.img.000000000': 'KDMV1',
      'd.img.000000001': 'KDMV2',
    });
    expect(readAll(reader.openFile('d.img')).toString()).toBe('KDMV1KDMV2');
  });

  it('chunks', () => {
    const reader = withFile('ovf:href="d.img" ovf:chunkSize="4" ovf:size="9"', chunks);
    expect(reader.info.systems[0]!.disks).toMatchObject([
      { name: 'd.img', file: 'd.img', sizeInPackageBytes: 9 },
    ]);
    expect(readAll(reader.openFile('d.img')).toString()).toBe('raw1raw23');
    expect(readAll(reader.openFile('d.img.000000001')).toString()).toBe('raw2');
    expect(reader.info.files.filter(({ role }) => role === 'disk').map(({ name }) => name)).toEqual(
      Object.keys(chunks),
    );
    expect(reader.info.warnings).toEqual([]);
  });

  it('chunks of a compressed file', () => {
    const compressed = gzipSync('vmdk in pieces');
    const pieces = { 'd.000000000': compressed.subarray(0, 20), 'd.000000001': compressed.subarray(20) };
    const reader = withFile('ovf:href="d" ovf:chunkSize="20" ovf:compression="gzip"', pieces);
    expect(reader.info.systems[0]!.disks).toMatchObject([{ format: 'vmdk', compression: 'gzip' }]);
    expect(readAll(reader.openFile('d')).toString()).toBe('vmdk in pieces');
  });

  it('a file that is too small to be cut keeps its name', () => {
    const reader = withFile('ovf:href="d.img" ovf:chunkSize="1000"', { 'd.img': 'raw' });
    expect(readAll(reader.openFile('d.img')).toString()).toBe('raw');
    expect(reader.info.warnings).toEqual([]);
  });

  it('chunks that the descriptor does not mention', () => {
    const reader = withFile('ovf:href="d.img"', chunks);
    expect(readAll(reader.openFile('d.img')).toString()).toBe('raw1raw23');
    expect(codes(reader.info.warnings)).toEqual(['package.undeclared-chunks']);
  });

  it('that are not declared are told in the language in force', async () => {
    const whole = withFile('ovf:href="d.img"', chunks);
    const last = withFile('ovf:href="d.img"', { 'd.img.000000003': 'raw4' });
    const said = (): string[] =>
      [whole, last].flatMap(({ info }) => info.warnings.map(({ message }) => inWords(message)));
    expect(said()).toEqual([
      'd.img is in 3 chunks, of which the descriptor says nothing.',
      'd.img is called d.img.000000003 in the package, of which the descriptor says nothing.',
    ]);
    await speak('de');
    expect(said()).toEqual([
      'd.img ist in 3 Chunks geteilt, wovon der Deskriptor nichts sagt.',
      'd.img heißt im Paket d.img.000000003, wovon der Deskriptor nichts sagt.',
    ]);
  });

  it.each([
    [
      'the first',
      { 'd.img.000000001': 'raw2' },
      'ovf:chunkSize="4"',
      'package.file-missing',
      'd.img.000000000',
    ],
    [
      'one in between',
      { 'd.img.000000000': 'raw1', 'd.img.000000002': '3' },
      'ovf:chunkSize="4"',
      'package.file-missing',
      'd.img.000000001',
    ],
    [
      'the last, by the size',
      { 'd.img.000000000': 'raw1' },
      'ovf:chunkSize="4" ovf:size="9"',
      'package.file-missing',
      'd.img.000000001',
    ],
    [
      'a part of one',
      { ...chunks, 'd.img.000000001': 'ra' },
      'ovf:chunkSize="4"',
      'package.malformed',
      'chunk 1 is 2 bytes long instead of 4',
    ],
  ])('chunks of which %s is missing', (_, files, attributes, code, word) => {
    const reader = withFile(`ovf:href="d.img" ${attributes}`, files as Record<string, string>);
    expect(codes(reader.info.warnings)).toEqual([code]);
    expect(reader.info.warnings[0]!.message).toContain(word);
    expect(reader.info.systems[0]!.disks).toMatchObject([{ file: 'd.img', format: null }]);
    expect(failureOf(() => reader.openFile('d.img')).code).toBe(code);
  });
});
