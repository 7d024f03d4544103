import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes } from '#engine/bytes/source.ts';
import { udf } from '#engine/guests/filesystems/udf/index.ts';
import { probeFileSystem } from '#engine/guests/filesystems/registry.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { describeWith } from '../../../../../setup/tools.ts';
import { noise } from '../../../pattern.ts';
import { scratchFolder } from '../../../scratch.ts';
import { failureCodeOf, outcomeOf, textAt, treeOf, withFileSystem } from '../../optical/media-files.ts';
import {
  blockBytes,
  emptyVolume,
  fileEntry,
  fileIdentifier,
  longAd,
  metadataEntryBlock,
  mirrorEntryBlock,
  pathComponents,
  shortAd,
  tagged,
} from './build-udf.ts';

const folder = scratchFolder();
const large = Buffer.from(noise(9000));

/** A volume with a file of every kind of allocation, links, a folder that comes back, and names of all kinds. */
function sample(withMetadata: boolean): Buffer {
  const volume = emptyVolume(withMetadata);
  const own = volume.metadataPartition;
  const icb = (block: number): Buffer => longAd(blockBytes, block, own);
  const put = (block: number, entry: Parameters<typeof fileEntry>[0]): void =>
    volume.metadata(block, fileEntry(entry, block));
  const embedded = (block: number, fileType: number, body: Buffer, extended = false): void =>
    put(block, { fileType, sizeBytes: body.length, allocation: 3, area: body, extended });
  const root = Buffer.concat([
    fileIdentifier('', icb(1), 0x0a),
    fileIdentifier('embedded', icb(2), 0),
    fileIdentifier('pieces', icb(3), 0),
    fileIdentifier('short 名前', icb(4), 0),
    fileIdentifier('deleted', icb(2), 4),
    fileIdentifier('folder', icb(5), 2),
    fileIdentifier('link', icb(6), 0),
    fileIdentifier('out', icb(7), 0),
    fileIdentifier('a/b', icb(2), 0),
    fileIdentifier('broken', icb(30), 0),
    fileIdentifier('device', icb(9), 0),
  ]);
  embedded(1, 4, root, true);
  embedded(2, 5, Buffer.from('within'));
  // Two blocks, a hole, and the rest behind a continuation.
  const first = Buffer.concat([
    longAd(4096, 80, 0),
    longAd((2 << 30) | 2048, 0, 0),
    longAd((3 << 30) | 2048, 10, own),
  ]);
  put(3, { fileType: 5, sizeBytes: 4096 + 2048 + 2000, allocation: 1, area: first });
  const rest = Buffer.alloc(24 + 16);
  rest.writeUInt32LE(16, 20);
  longAd(2000, 90, 0).copy(rest, 24);
  volume.metadata(10, tagged(rest, 258, 10));
  volume.data(80, large.subarray(0, 4096));
  volume.data(90, large.subarray(6144, 8144));
  // Short descriptors count in the entry's own partition.
  put(4, { fileType: 5, sizeBytes: 5, allocation: 0, area: shortAd(5, 12), extended: true });
  volume.metadata(12, Buffer.from('short'));
  const inner = Buffer.concat([
    fileIdentifier('', icb(1), 0x0a),
    fileIdentifier('loop', icb(1), 2),
    fileIdentifier('up', icb(8), 0),
  ]);
  put(5, { fileType: 4, sizeBytes: inner.length, allocation: 0, area: shortAd(inner.length, 13) });
  volume.metadata(13, inner);
  embedded(6, 12, pathComponents('folder/up'));
  embedded(7, 12, pathComponents('/etc/passwd'));
  embedded(8, 12, pathComponents('../embedded'));
  embedded(9, 6, Buffer.alloc(0));
  return volume.bytes;
}

const pieces = Buffer.concat([large.subarray(0, 4096), Buffer.alloc(2048), large.subarray(6144, 8144)]);

describe.each([false, true])('a volume (metadata partition: %s)', (withMetadata) => {
  const bytes = sample(withMetadata);

  it('shows its tree', () => {
    withFileSystem(udf, bytes, (reader) => {
      expect(reader).toMatchObject({ label: 'Läbel', uuid: '0123456789abcdef', warnings: [] });
      expect(reader.facts).toContainEqual({ label: 'UDF revision', value: '2.50' });
      expect(treeOf(reader)).toEqual({
        embedded: 'within',
        pieces: pieces.toString('latin1'),
        'short 名前': 'short',
        folder: '/',
        'folder/loop': '! it leads back to a folder above it',
        'folder/up': '-> ../embedded',
        link: '-> folder/up',
        out: '! it is a link that leads out of the tree',
        'a%2Fb': '! its name holds a slash',
        broken: '! its entry cannot be read',
        device: '! it is a device, a pipe or a socket',
      });
      expect(textAt(reader, 'link')).toBe('within');
      expect(reader.find('embedded')).toMatchObject({
        sizeBytes: 6,
        mode: 0o755,
        modifiedAt: '2020-05-06T06:08:09.000Z',
      });
      expect(failureCodeOf(() => reader.open('out'))).toBe('package.unsafe-name');
    });
  });

  it('reads any part of a file, and tells its holes', () => {
    withFileSystem(udf, bytes, (reader) => {
      const file = reader.open('pieces');
      expect(Buffer.from(readBytes(file, 4000, 3000)).equals(pieces.subarray(4000, 7000))).toBe(true);
      const holes = [...file.runs({ start: 0, length: file.sizeBytes })].filter(({ hole }) => hole);
      expect(holes).toEqual([{ start: 4096, length: 2048, hole: true }]);
    });
  });

  it('takes the reserve descriptors when the main ones are gone', () => {
    const damaged = Buffer.from(bytes);
    damaged.fill(0, 32 * blockBytes, 36 * blockBytes);
    withFileSystem(udf, damaged, (reader) => {
      expect(reader.warnings.map(({ code }) => code)).toEqual(['udf.reserve']);
      expect(textAt(reader, 'embedded')).toBe('within');
    });
  });

  it('ends in an answer or a failure, whatever is changed', () => {
    const interesting = [16, 17, 32, 33, 34, 256, ...Array.from({ length: 40 }, (_, index) => 300 + index)];
    const place = fc.tuple(fc.constantFrom(...interesting), fc.integer({ min: 0, max: 600 }), fc.nat(255));
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 4 }), fc.boolean(), (changes, mend) => {
        const changed = Buffer.from(bytes);
        for (const [block, offset, value] of changes) {
          const start = block * blockBytes;
          changed[start + offset] = value;
          // Checksums made right again, so that what they protect is looked at.
          const length = changed.readUInt16LE(start + 10);
          if (mend && block !== 16 && block !== 17 && length <= blockBytes - 16) {
            const tag = changed.readUInt16LE(start);
            tagged(changed.subarray(start, start + 16 + length), tag, changed.readUInt32LE(start + 12));
          }
        }
        expect(outcomeOf(udf, changed)).not.toBe('endless');
      }),
      { numRuns: 500 },
    );
  });
});

describe('damage', () => {
  it('of the metadata file is made good by its mirror', () => {
    const bytes = sample(true);
    bytes.fill(0, metadataEntryBlock * blockBytes, (metadataEntryBlock + 1) * blockBytes);
    withFileSystem(udf, bytes, (reader) => {
      expect(reader.warnings.map(({ code }) => code)).toEqual(['udf.mirror']);
      expect(textAt(reader, 'pieces')).toBe(pieces.toString('latin1'));
    });
    bytes.fill(0, mirrorEntryBlock * blockBytes, (mirrorEntryBlock + 1) * blockBytes);
    expect(outcomeOf(udf, bytes)).toBe('image.malformed');
  });

  it('in the form of continuations that come back ends in a failure', () => {
    const volume = emptyVolume(false);
    const area = longAd((3 << 30) | 2048, 10, 0);
    volume.metadata(1, fileEntry({ fileType: 4, sizeBytes: 4096, allocation: 1, area }, 1));
    const rest = Buffer.alloc(24 + 16);
    rest.writeUInt32LE(16, 20);
    area.copy(rest, 24);
    volume.metadata(10, tagged(rest, 258, 10));
    expect(outcomeOf(udf, volume.bytes)).toBe('image.malformed');
  });

  it('in the form of extents outside of the partition ends in a failure', () => {
    const volume = emptyVolume(false);
    const identifier = fileIdentifier('file', longAd(blockBytes, 2, 0), 0);
    volume.metadata(
      1,
      fileEntry({ fileType: 4, sizeBytes: identifier.length, allocation: 3, area: identifier }, 1),
    );
    const area = shortAd(4096, 5_000_000);
    volume.metadata(2, fileEntry({ fileType: 5, sizeBytes: 4096, allocation: 0, area }, 2));
    withFileSystem(udf, volume.bytes, (reader) => {
      expect(failureCodeOf(() => reader.open('file'))).toBe('image.malformed');
    });
  });
});

describeWith('7z', '7-Zip', () => {
  it('reads a plain volume alike', () => {
    // 7-Zip gives a volume up that has anything hostile or a metadata partition.
    const volume = emptyVolume(false);
    const own = volume.metadataPartition;
    const icb = (block: number): Buffer => longAd(blockBytes, block, own);
    const area = Buffer.concat([
      fileIdentifier('', icb(1), 0x0a),
      fileIdentifier('embedded', icb(2), 0),
      fileIdentifier('short 名前', icb(3), 0),
      fileIdentifier('long', icb(4), 0),
    ]);
    const put = (block: number, entry: Parameters<typeof fileEntry>[0]): void =>
      volume.metadata(block, fileEntry(entry, block));
    put(1, { fileType: 4, sizeBytes: area.length, allocation: 3, area });
    put(2, { fileType: 5, sizeBytes: 6, allocation: 3, area: Buffer.from('within') });
    put(3, { fileType: 5, sizeBytes: 5, allocation: 0, area: shortAd(5, 12) });
    volume.metadata(12, Buffer.from('short'));
    const long = Buffer.concat([longAd(4096, 80, 0), longAd(3000, 90, 0)]);
    put(4, { fileType: 5, sizeBytes: 7096, allocation: 1, area: long });
    volume.data(80, large.subarray(0, 4096));
    volume.data(90, large.subarray(4096, 7096));
    const path = join(folder, 'judged.udf');
    writeFileSync(path, volume.bytes);
    withFileSystem(udf, path, (reader) => {
      const tree = treeOf(reader);
      expect(Object.keys(tree)).toEqual(['embedded', 'short 名前', 'long']);
      for (const [name, text] of Object.entries(tree)) {
        // Its exit status is that of a warning: the volume is longer than what is used of it.
        const { stdout } = spawnSync('7z', ['x', '-so', '-tudf', path, name]);
        expect(stdout.toString('latin1')).toBe(text);
      }
    });
  });
});

describeWith('genisoimage', 'a bridge of genisoimage', () => {
  it('shows the UDF tree', () => {
    const source = join(folder, 'source');
    mkdirSync(join(source, 'sub/inner'), { recursive: true });
    writeFileSync(join(source, 'sub/inner/Größe.txt'), 'wide');
    writeFileSync(join(source, 'large'), large);
    writeFileSync(join(source, 'empty'), '');
    const path = join(folder, 'bridge.iso');
    execFileSync(
      'genisoimage',
      ['-quiet', '-udf', '-R', '-V', 'BRIDGE', '-input-charset', 'utf-8', '-o', path, source],
      {
        stdio: 'ignore',
      },
    );
    withFileSystem(udf, path, (reader) => {
      expect(probeFileSystem(new MemorySource(new Uint8Array(0)))).toBeNull();
      expect(reader.label).toBe('BRIDGE');
      expect(treeOf(reader)).toEqual({
        empty: '',
        large: large.toString('latin1'),
        sub: '/',
        'sub/inner': '/',
        'sub/inner/Größe.txt': 'wide',
      });
    });
  });
});

describeWith('mkudffs', 'volumes of mkudffs', () => {
  it.each([
    ['hd', ['--media-type=hd', '--blocksize=512'], 'physical'],
    ['hd-4k', ['--media-type=hd', '--blocksize=4096'], 'physical'],
    ['dvd', ['--media-type=dvd', '--udfrev=1.02'], 'physical'],
    ['cdrw', ['--media-type=cdrw', '--udfrev=1.50'], 'sparable'],
    ['cdr', ['--media-type=cdr', '--udfrev=1.50'], 'physical, virtual'],
    ['bdr', ['--media-type=bdr', '--udfrev=2.50'], 'physical, virtual'],
    ['bdr-2.60', ['--media-type=bdr', '--udfrev=2.60'], 'physical, virtual'],
    ['old', ['--media-type=hd', '--udfrev=1.01'], 'physical'],
  ])('%s opens', (name, args, partitions) => {
    const path = join(folder, `${name}.udf`);
    writeFileSync(path, '');
    truncateSync(path, 32 << 20);
    execFileSync('mkudffs', [...args, '--label=Lübeck', '--uuid=0123456789abcdef', path], {
      stdio: 'ignore',
    });
    withFileSystem(udf, path, (reader) => {
      expect(reader).toMatchObject({ label: 'Lübeck', uuid: '0123456789abcdef', warnings: [] });
      expect(reader.facts).toContainEqual({ label: 'Partitions', value: partitions });
      // A CD-RW has a file for the blocks that must not be used.
      const names = [...reader.list('')].map((entry) => entry.path).filter((entry) => entry !== 'lost+found');
      expect(names).toEqual(name === 'cdrw' ? ['Non-Allocatable Space'] : []);
    });
  });
});
