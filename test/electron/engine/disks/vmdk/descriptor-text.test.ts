import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import {
  isDescriptorFile,
  linesOf,
  nameDecoder,
  readDescriptorText,
} from '#engine/disks/vmdk/descriptor-text.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import { countingSource, failureOf } from './read-disk.ts';
import { descriptorText, sparseImage } from './sparse-image.ts';

const source = (text: string): MemorySource => new MemorySource(Buffer.from(text, 'latin1'));
const body = 'version=1\nCID=1\ncreateType="monolithicFlat"\nRW 8 FLAT "a" 0\n';

describe('probing', () => {
  it.each([
    ['the signature', `# Disk DescriptorFile\n${body}`],
    ['with a space more', `# Disk Descriptor File\n${body}`],
    ['in other case and spacing', `#DISK descriptorfile  \n${body}`],
    ['after a mark of UTF-8', `\xef\xbb\xbf# Disk DescriptorFile\n${body}`],
    ['after empty lines and other comments', `\r\n \t\r\n# made by hand\r\n# Disk DescriptorFile\r\n${body}`],
    ['with lines that end in CR', `# Disk DescriptorFile\r${body.replaceAll('\n', '\r')}`],
    ['no signature, but the version first', `# Description file created by a converter\n${body}`],
    ['the version first in other words', `VERSION = 1\nCREATETYPE = "custom"\n`],
  ])('knows a descriptor by %s', (_, text) => {
    expect(isDescriptorFile(source(text))).toBe(true);
    expect(vmdk.probe(source(text))).toBe('certain');
  });

  it.each([
    ['nothing', ''],
    ['spaces only', '  \n\n'],
    ['a script', '#!/bin/sh\necho "# Disk DescriptorFile"\n'],
    ['settings with a version', 'version=1\nname=x\n'],
    ['a text that mentions it', 'hello\n# Disk DescriptorFile\n'],
    ['comments without end', '# no\n'.repeat(20000)],
  ])('takes %s for no descriptor', (_, text) => {
    expect(isDescriptorFile(source(text))).toBe(false);
    expect(vmdk.probe(source(text))).toBe('no');
  });

  it('takes a raw disk for no VMDK after one look at its first sector', () => {
    const disk = Buffer.alloc(1 << 20);
    disk.set([0xeb, 0x63, 0x90]);
    disk.set([0x55, 0xaa], 510);
    const counted = countingSource(disk);
    expect(vmdk.probe(counted)).toBe('no');
    expect(counted.reads.every(({ start, length }) => start + length <= 512)).toBe(true);
    expect(vmdk.probe(new MemorySource(new Uint8Array(3)))).toBe('no');
  });

  it('never reads more than a little of a file that begins like one', () => {
    const counted = countingSource(Buffer.alloc(8 << 20, '# comment\n'));
    expect(vmdk.probe(counted)).toBe('no');
    expect(Math.max(...counted.reads.map(({ start, length }) => start + length))).toBeLessThanOrEqual(65536);
  });

  it('knows sparse extents of every kind by their magic', () => {
    expect(vmdk.probe(new MemorySource(sparseImage().bytes))).toBe('certain');
    expect(vmdk.probe(source('COWD\x01\0\0\0'))).toBe('certain');
    expect(vmdk.probe(source('\xbe\xba\xfe\xca\0\0\0\0'))).toBe('certain');
    // A Java class has the same word the other way round.
    expect(vmdk.probe(source('\xca\xfe\xba\xbe\0\0\0\x41'))).toBe('no');
    expect(vmdk.probe(source('\xbe\xba\xfe\xca\0\0\0\x01'))).toBe('no');
  });
});

describe('readDescriptorText', () => {
  it('ends at the first NUL', () => {
    expect(readDescriptorText(source('abc\0def'), 0, 7)).toBe('abc');
  });

  it('refuses more than a megabyte before it reads any', () => {
    const counted = countingSource(new Uint8Array(0));
    const { details } = failureOf('image.malformed', () => readDescriptorText(counted, 0, 32 << 20));
    expect(details).toMatchObject({ structure: 'descriptor', field: 'size' });
    expect(counted.reads).toEqual([]);
    failureOf('image.malformed', () =>
      vmdk.open(new MemorySource(Buffer.alloc((1 << 20) + 1, `${descriptorText(8)}\n`)), {
        openReference: () => source(''),
      }),
    );
  });
});

describe('linesOf', () => {
  it('splits at CR, LF and CRLF alike, and says where each line begins', () => {
    expect([...linesOf('a\r\n b \rc\n\nd')]).toEqual([
      { text: 'a', offset: 0 },
      { text: 'b', offset: 3 },
      { text: 'c', offset: 7 },
      { text: '', offset: 9 },
      { text: 'd', offset: 10 },
    ]);
  });

  it('passes over a mark of UTF-8 and keeps bytes that only look like spaces', () => {
    expect([...linesOf('\xef\xbb\xbfname=\xc3\xa0')]).toEqual([{ text: 'name=\xc3\xa0', offset: 3 }]);
  });
});

describe('nameDecoder', () => {
  const latin1 = (bytes: number[]): string => String.fromCharCode(...bytes);

  it.each([
    [null, [0xc3, 0xa9], 'é'],
    [null, [0xe9], 'é'],
    ['UTF-8', [0xe7, 0xa3, 0x81], '磁'],
    ['utf-8', [0xe9], 'é'],
    ['windows-1252', [0x80], '€'],
    ['GBK', [0xb4, 0xc5, 0xc5, 0xcc], '磁盘'],
    ['windows-936', [0xb4, 0xc5], '磁'],
    ['Shift_JIS', [0x83, 0x66, 0x83, 0x42], 'ディ'],
    ['windows-932', [0x83, 0x66], 'デ'],
    ['Big5', [0xba, 0xcf], '磁'],
    ['EUC-KR', [0xb5, 0xf0], '디'],
    ['', [0x41], 'A'],
  ])('decodes %s', (encoding, bytes, expected) => {
    const decoder = nameDecoder(encoding);
    expect(decoder.known).toBe(true);
    expect(decoder.decode(latin1(bytes))).toBe(expected);
  });

  it('does its best with an encoding nobody knows, and says so', () => {
    const decoder = nameDecoder('klingon-1');
    expect(decoder.known).toBe(false);
    expect(decoder.decode('a\xc3\xa9')).toBe('aé');
  });
});
