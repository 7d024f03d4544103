import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iso } from '#engine/builders/iso/index.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { iso9660 } from '#engine/guests/filesystems/iso9660/index.ts';
import { readSession } from '#engine/guests/filesystems/iso9660/volume-descriptors.ts';
import { scratchFolder } from '../../../scratch.ts';
import { buildTo, failureCodeOf, outcomeOf, treeOf, withFileSystem } from '../../optical/media-files.ts';

const folder = scratchFolder();
const source = join(folder, 'source');
mkdirSync(join(source, 'sub/inner'), { recursive: true });
writeFileSync(join(source, 'sub/file'), 'content');
writeFileSync(join(source, `${'n'.repeat(240)}.txt`), 'long');
writeFileSync(join(source, 'first'), 'one');
symlinkSync('first', join(source, 'second'));
const path = join(folder, 'image.iso');
buildTo(iso, path, { joliet: false }, source);
const image = readFileSync(path);

/** The image with `change` made to it. */
function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(image);
  change(bytes);
  return bytes;
}

const rootOffset = readSession(new MemorySource(image), 0).primary.root.location * 2048;

/** Where the record whose identifier begins so lies. */
function recordOf(identifier: string, from = rootOffset): number {
  const at = image.indexOf(Buffer.from(identifier), from);
  expect(at).toBeGreaterThan(0);
  return at - 33;
}

const setExtent = (bytes: Buffer, record: number, block: number): void => {
  bytes.writeUInt32LE(block, record + 2);
};

describe('a hostile image', () => {
  it('does not make a loop of its folders', () => {
    const bytes = changed((it) => setExtent(it, recordOf('INNER'), rootOffset / 2048));
    withFileSystem(iso9660, bytes, (reader) => {
      expect(treeOf(reader)['sub/inner']).toBe('! it leads back to a folder above it');
      expect(failureCodeOf(() => [...reader.list('sub/inner')])).toBe('package.unsafe-name');
    });
  });

  it('does not show a folder in two places', () => {
    const sub = image.readUInt32LE(recordOf('SUB') + 2);
    const bytes = changed((it) => {
      const record = recordOf('FIRST');
      setExtent(it, record, sub);
      it.writeUInt32LE(2048, record + 10);
      it[record + 25] = 2;
    });
    withFileSystem(iso9660, bytes, (reader) => {
      expect(treeOf(reader)['sub']).toBe('! it is a folder that lies elsewhere in the tree, too');
    });
  });

  it.each([
    ['a/b', 'a%2Fb', 'its name holds a slash'],
    ['a\0b', 'a%00b', 'its name holds a NUL character'],
    ['..', '%2E%2E', 'its name is ".."'],
  ])('never opens what it names %j', (name, shown, reason) => {
    const bytes = changed((it) => {
      // The name of "first" is five bytes in its NM field.
      const at = it.indexOf(Buffer.from('NM\x0a\x01\0first', 'latin1'), rootOffset);
      expect(at).toBeGreaterThan(0);
      it[at + 2] = 5 + name.length;
      it.write(name, at + 5, 'latin1');
      it.fill(0, at + 5 + name.length, at + 10);
    });
    withFileSystem(iso9660, bytes, (reader) => {
      expect(treeOf(reader)[shown]).toBe(`! ${reason}`);
      expect(failureCodeOf(() => reader.open(shown))).toBe('package.unsafe-name');
    });
  });

  it('refuses a file that reaches past the end', () => {
    const bytes = changed((it) => it.writeUInt32LE(0xfffff000, recordOf('FIRST') + 10));
    withFileSystem(iso9660, bytes, (reader) => {
      expect(treeOf(reader)['first']).toBe('! it reaches past the end of the image');
    });
  });

  it('finds continuations that come back', () => {
    const bytes = changed((it) => {
      const field = it.indexOf(Buffer.from('CE\x1c\x01', 'latin1'), recordOf('NNNN'));
      const [block, offset] = [it.readUInt32LE(field + 4), it.readUInt32LE(field + 12)];
      const area = block * 2048 + offset;
      it.copy(it, area, field, field + 28);
    });
    withFileSystem(iso9660, bytes, (reader) => {
      expect(Object.values(treeOf(reader))).toContain('! its Rock Ridge fields are damaged');
    });
  });

  it('does not trust the path tables', () => {
    const bytes = changed((it) => {
      const table = it.readUInt32LE(16 * 2048 + 140) * 2048;
      it.fill(0xff, table, table + 2048);
    });
    expect(outcomeOf(iso9660, bytes)).toBe('read');
  });

  it.each([
    ['a root past the end', (it: Buffer) => it.writeUInt32LE(0x7fffffff, 16 * 2048 + 158), 'image.truncated'],
    ['blocks of 3 bytes', (it: Buffer) => it.writeUInt16LE(3, 16 * 2048 + 128), 'image.malformed'],
    ['no primary descriptor', (it: Buffer) => it.writeUInt8(3, 16 * 2048), 'image.malformed'],
    ['a record of one byte', (it: Buffer) => it.writeUInt8(1, rootOffset), 'image.malformed'],
  ])('with %s ends in a failure', (_, change, code) => {
    expect(outcomeOf(iso9660, changed(change))).toBe(code);
  });

  it('ends in an answer or a failure, whatever is changed', () => {
    const used = image.length;
    const mutation = fc.array(
      fc.tuple(fc.integer({ min: 16 * 2048, max: used - 1 }), fc.integer({ min: 0, max: 255 })),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(mutation, (mutations) => {
        const bytes = changed((it) => mutations.forEach(([at, value]) => it.writeUInt8(value, at)));
        expect(outcomeOf(iso9660, bytes)).not.toBe('endless');
      }),
      { numRuns: 400 },
    );
  });
});
