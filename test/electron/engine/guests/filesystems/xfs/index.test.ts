import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { recogniseContent } from '#engine/disks/content-signatures.ts';
import { xfs } from '#engine/guests/filesystems/xfs/index.ts';
import { Failure } from '#shared/failure.ts';
import { describeWith } from '../../../../../setup/tools.ts';
import { noise } from '../../../pattern.ts';
import { scratchFolder } from '../../../scratch.ts';
import { contentOf, emptyFile, guestListing, run, textOf } from '../guest-tree.ts';
import { hashOfBytes } from '../guest-tree.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const uuid = '12345678-9abc-4def-8123-456789abcdef';
const longTarget = `some/${'deep/'.repeat(150)}where`;
const mediumTarget = `some/${'deep/'.repeat(20)}where`;

/** A protofile, without the long link where mkfs.xfs would write it in the way of version 4 into version 5: what mkfs.xfs fills a new file system with. Names have no spaces in it. */
function protofile(fileCount: number, target: string): { text: string; expected: string[] } {
  mkdirSync(at('files'), { recursive: true });
  const lines = ['boot', '0 0', 'd--755 0 0'];
  const expected: string[] = [];
  const add = (path: string, indent: string, content: Uint8Array): void => {
    const host = at(`files/${path.replaceAll('/', '_')}`);
    writeFileSync(host, content);
    lines.push(`${indent}${path.slice(path.lastIndexOf('/') + 1)} ---644 0 0 ${host}`);
    expected.push(`${path} file ${content.length} ${hashOfBytes(content)}`);
  };
  add('top.txt', '', Buffer.from('top\n'));
  add('noise.bin', '', noise(700_001, 3));
  add('empty', '', new Uint8Array(0));
  lines.push('etc d--755 0 0');
  expected.push('etc folder');
  add('etc/os-release', ' ', Buffer.from('NAME="Guest"\n'));
  lines.push(' link l--777 0 0 ../etc/os-release', ` far l--777 0 0 ${target}`, '$');
  expected.push('etc/link link ../etc/os-release', `etc/far link ${target}`);
  lines.push('many d--755 0 0');
  expected.push('many folder');
  writeFileSync(at('files/number'), 'number');
  const hash = hashOfBytes(Buffer.from('number'));
  for (let index = 0; index < fileCount; index++) {
    const name = `a-rather-long-file-name-number-${index}`;
    lines.push(` ${name} ---600 0 0 ${at('files/number')}`);
    expected.push(`many/${name} file 6 ${hash}`);
  }
  lines.push('$', '$', '');
  return { text: lines.join('\n'), expected: expected.sort() };
}

describeWith(['mkfs.xfs', 'xfs_db'], 'XFS as mkfs.xfs makes it', () => {
  // 20: a directory of one block; 200: leaf; 3000: node.
  it.each([
    ['v5', 20, []],
    ['v5 many', 3000, []],
    ['v5 old times', 200, ['-m', 'bigtime=0,reflink=0']],
    ['v5 large extent counts', 200, ['-i', 'nrext64=1']],
    ['v5 1k blocks', 300, ['-b', 'size=1024']],
    ['v5 64k directories', 300, ['-n', 'size=65536']],
    ['v4', 200, ['-m', 'crc=0,finobt=0,reflink=0,rmapbt=0']],
    ['v4 512 byte blocks', 700, ['-m', 'crc=0,finobt=0,reflink=0,rmapbt=0', '-b', 'size=512']],
    ['v4 without kinds', 20, ['-m', 'crc=0,finobt=0,reflink=0,rmapbt=0', '-n', 'ftype=0']],
  ])('%s, %i files in a folder', (name, fileCount, options) => {
    const path = emptyFile(at(name), 320 << 20);
    const { text, expected } = protofile(fileCount, name.startsWith('v4') ? longTarget : mediumTarget);
    writeFileSync(at('proto'), text);
    try {
      run('mkfs.xfs', ['-q', '-f', '-L', 'label', '-m', `uuid=${uuid}`, '-p', at('proto'), ...options, path]);
    } catch (error) {
      // Older programs do not know every feature.
      if (/unknown option|Invalid value/.test(String((error as { stderr?: unknown }).stderr))) return;
      throw error;
    }
    const volume = new FileSource(path);
    expect(recogniseContent(volume)).toEqual({ id: 'xfs', title: 'XFS', label: 'label', uuid });
    expect(xfs.probe(volume)).toBe('certain');
    const reader = xfs.open(volume);
    expect(guestListing(reader)).toEqual(expected);
    expect(textOf(reader, 'etc/link')).toBe('NAME="Guest"\n');
    expect([reader.label, reader.uuid, reader.warnings]).toEqual(['label', uuid, []]);
    expect(reader.facts[0]?.value).toBe(name.slice(1, 2));
    const modified = Date.parse(reader.find('top.txt')!.modifiedAt!);
    expect(Math.abs(modified - Date.now())).toBeLessThan(600_000);
    reader.close();
  });

  it('ends in an answer or a Failure however it is damaged', () => {
    const path = emptyFile(at('small'), 320 << 20);
    writeFileSync(at('proto'), protofile(200, mediumTarget).text);
    run('mkfs.xfs', ['-q', '-f', '-p', at('proto'), path]);
    const inodes =
      Number(/= (\d+)/.exec(run('xfs_db', ['-r', '-c', 'sb 0', '-c', 'p rootino', path]))![1]) * 512;
    const whole = readFileSync(path).subarray(0, 4 << 20);
    for (let round = 0; round < 60; round++) {
      const damaged = new Uint8Array(whole);
      const places = new DataView(noise(64, round + 1).buffer);
      for (let index = 0; index < 12; index++) {
        const place = places.getUint32(index * 4);
        damaged[round % 3 === 0 ? place % 300 : inodes + (place % 200_000)] = places.getUint8(50 + index);
      }
      try {
        guestListing(xfs.open(new MemorySource(damaged)));
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'internal') throw error;
      }
    }
  });

  it('reads long links of version 5, which have a header in their block', () => {
    const path = emptyFile(at('far'), 320 << 20);
    writeFileSync(at('proto'), protofile(20, longTarget).text);
    run('mkfs.xfs', ['-q', '-f', '-p', at('proto'), path]);
    const volume = new Uint8Array(readFileSync(path));
    const block = Buffer.from(volume.buffer).indexOf(longTarget);
    expect(block % 4096).toBe(0);
    expect(() => xfs.open(new MemorySource(volume)).find('etc/far')).toThrow('image.malformed');
    volume.set(Buffer.from('XSLM'), block);
    volume.fill(1, block + 4, block + 56);
    volume.set(Buffer.from(longTarget), block + 56);
    expect(xfs.open(new MemorySource(volume)).find('etc/far')?.target).toBe(longTarget);
  });

  it('reads the same bytes that xfs_db finds by block', () => {
    const volume = new FileSource(at('v5'));
    const reader = xfs.open(volume);
    const start = [...reader.open('noise.bin').runs({ start: 0, length: 700_001 })];
    expect(start).toEqual([{ start: 0, length: 700_001, hole: false }]);
    expect(Buffer.compare(contentOf(reader.open('noise.bin')), noise(700_001, 3))).toBe(0);
    reader.close();
  });
});
