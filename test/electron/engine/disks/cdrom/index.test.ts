import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seed } from '#engine/builders/seed/index.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { Disk } from '#engine/disks/chain.ts';
import { cdrom } from '#engine/disks/cdrom/index.ts';
import { probeDisk } from '#engine/disks/registry.ts';
import { DiskSource } from '#engine/guests/disk-source.ts';
import { iso9660 } from '#engine/guests/filesystems/iso9660/index.ts';
import { buildTo, failureCodeOf, textAt } from '../../guests/optical/media-files.ts';
import { scratchFolder } from '../../scratch.ts';
import { noReferences } from '../image-files.ts';

const folder = scratchFolder();
mkdirSync(join(folder, 'x'), { recursive: true });
const isoPath = join(folder, 'seed.iso');
buildTo(seed, isoPath, { hostname: 'disc' });
const iso = readFileSync(isoPath);

/** The sectors of 2048 bytes as they lie on a disc, from the usual two seconds on. */
function rawImage(user: Buffer, mode: 1 | 2, firstFrame = 150): Buffer {
  const decimal = (value: number): number => Math.floor(value / 10) * 16 + (value % 10);
  const sectors = user.length / 2048;
  const raw = Buffer.alloc(sectors * 2352);
  for (let index = 0; index < sectors; index++) {
    const frame = firstFrame + index;
    const at = index * 2352;
    raw.fill(0xff, at + 1, at + 11);
    raw.set(
      [decimal(Math.floor(frame / 4500)), decimal(Math.floor(frame / 75) % 60), decimal(frame % 75), mode],
      at + 12,
    );
    // Subheader: form 1, data.
    if (mode === 2) raw.set([0, 0, 8, 0, 0, 0, 8, 0], at + 16);
    user.copy(raw, at + (mode === 1 ? 16 : 24), index * 2048, index * 2048 + 2048);
    raw.fill(0xa5, at + (mode === 1 ? 2064 : 2072), at + 2352);
  }
  return raw;
}

const open = (raw: Buffer): DiskSource =>
  new DiskSource(Disk.open(new MemorySource(raw), noReferences, cdrom));

describe.each([1, 2] as const)('a raw image in mode %i', (mode) => {
  const raw = rawImage(iso, mode);

  it('is recognised, and its user data are the disk', () => {
    expect(probeDisk(new MemorySource(raw)).id).toBe('cdrom');
    const disk = open(raw);
    expect(disk.sizeBytes).toBe(iso.length);
    const whole = new Uint8Array(iso.length);
    disk.read(0, whole);
    expect(Buffer.from(whole).equals(iso)).toBe(true);
    const part = new Uint8Array(5000);
    disk.read(2047, part);
    expect(Buffer.from(part).equals(iso.subarray(2047, 7047))).toBe(true);
    expect(textAt(iso9660.open(disk), 'meta-data')).toContain('local-hostname: "disc"');
  });

  it('ends where its data track ends', () => {
    const disk = cdrom.open(new MemorySource(Buffer.concat([raw, Buffer.alloc(10 * 2352, 7)])), noReferences);
    expect(disk.capacityBytes).toBe(iso.length);
    expect(disk.warnings.map(({ code }) => code)).toEqual(['cdrom.other-tracks']);
  });
});

describe('what is not a raw image', () => {
  it.each([
    ['an ISO image', iso],
    ['one sector', rawImage(iso.subarray(0, 2048), 1)],
    [
      'sectors that do not follow each other',
      Buffer.concat([1, 2, 3].map(() => rawImage(iso.subarray(0, 2048), 1))),
    ],
    ['nothing', Buffer.alloc(0)],
  ])('is %s', (_, bytes) => {
    expect(cdrom.probe(new MemorySource(bytes))).toBe('no');
  });
});

describe('damage', () => {
  it('in the middle is found when it is read', () => {
    const raw = rawImage(iso, 1);
    raw.fill(0, 2352 * 20, 2352 * 20 + 12);
    const disk = open(raw);
    expect(failureCodeOf(() => disk.read(20 * 2048, new Uint8Array(1)))).toBe('image.malformed');
  });

  it('a sector of form 2 holds no 2048 bytes', () => {
    const raw = rawImage(iso, 2);
    raw[2352 * 20 + 18] = 0x28;
    expect(failureCodeOf(() => open(raw).read(20 * 2048, new Uint8Array(1)))).toBe('image.unsupported');
  });

  it('a first sector without sync is refused', () => {
    writeFileSync(join(folder, 'x.bin'), Buffer.alloc(2352));
    expect(failureCodeOf(() => cdrom.open(new MemorySource(Buffer.alloc(2352)), noReferences))).toBe(
      'image.malformed',
    );
  });
});
