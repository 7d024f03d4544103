import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FileSource } from '#engine/bytes/source.ts';
import { Disk } from '#engine/disks/chain.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { setLanguage } from '#shared/language.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { speak } from '#shared/text/languages.ts';
import { failureOf } from '../../../../fixtures/packages/recording.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { expectSameBytes } from '../image-files.ts';
import { buildVdi, type VdiParts } from './build-vdi.ts';

afterEach(() => setLanguage('en', {}));

const blockBytes = 4096;
const uuid = '00112233-4455-6677-8899-aabbccddeeff';
const modificationUuid = 'aaaaaaaa-0000-4000-8000-000000000001';
const [own, below] = [noise(blockBytes, 1), noise(blockBytes, 2)];
const base: VdiParts = { map: [0, -1, 1], blocks: [below, below], blockBytes, uuid, modificationUuid };
const child: VdiParts = {
  map: [-1, 0, -2],
  blocks: [own],
  blockBytes,
  uuid: 'cccccccc-0000-4000-8000-000000000002',
  parentUuid: uuid,
  parentModificationUuid: modificationUuid,
};

/** A new folder with those files; each is a VDI. */
function folderWith(files: Readonly<Record<string, VdiParts>>): string {
  const folder = scratchFolder();
  for (const [name, parts] of Object.entries(files)) writeFileSync(join(folder, name), buildVdi(parts));
  return folder;
}

function open(folder: string, name = 'child.vdi'): Disk {
  const path = join(folder, name);
  return Disk.open(new FileSource(path), folderGate(path));
}

function readAll(disk: Disk): Uint8Array {
  const into = new Uint8Array(disk.capacityBytes);
  disk.read(0, into);
  disk.close();
  return into;
}

const joined = new Uint8Array(Buffer.concat([below, own, new Uint8Array(blockBytes)]));

describe('a differencing VDI', () => {
  const folder = folderWith({
    'a other.vdi': { ...base, uuid: 'dddddddd-0000-4000-8000-000000000003' },
    'base of it.vdi': base,
    'child.vdi': child,
  });
  writeFileSync(join(folder, '0 no image'), noise(9000, 4));
  writeFileSync(join(folder, '0 empty'), '');
  mkdirSync(join(folder, '0 folder'));

  it('finds its parent by UUID among whatever lies beside it', () => {
    const disk = open(folder);
    expect(disk.top.reader.parent).toEqual({ name: 'base of it.vdi', format: 'vdi' });
    expect(disk.layers.map(({ reader }) => reader.identity)).toEqual([child.uuid, uuid]);
    expectSameBytes(readAll(disk), joined);
  });

  it('finds the parent of its parent', () => {
    const grandchild = { ...child, uuid: 'eeeeeeee-0000-4000-8000-000000000004', parentUuid: child.uuid! };
    const { parentModificationUuid: _, ...unrecorded } = grandchild;
    writeFileSync(join(folder, 'z.vdi'), buildVdi({ ...unrecorded, map: [-1, -1, -1], blocks: [] }));
    const disk = open(folder, 'z.vdi');
    expect(disk.layers).toHaveLength(3);
    expectSameBytes(readAll(disk), joined);
  });

  it('takes the copy of its parent that was not written since', () => {
    const changed = { ...base, modificationUuid: 'ffffffff-0000-4000-8000-000000000005' };
    const disk = open(folderWith({ 'a.vdi': changed, 'b.vdi': base, 'child.vdi': child }));
    expect(disk.top.reader.parent!.name).toBe('b.vdi');
    expectSameBytes(readAll(disk), joined);
  });

  it('refuses a parent that was written since', () => {
    const changed = { ...base, modificationUuid: 'ffffffff-0000-4000-8000-000000000005' };
    const alone = folderWith({ 'a.vdi': changed, 'child.vdi': child });
    expect(() => open(alone)).toThrow(/image\.parent-mismatch.*a\.vdi.*written after/);
  });

  it('says in words that its parent has no modification UUID', async () => {
    const none = '00000000-0000-0000-0000-000000000000';
    const alone = folderWith({ 'a.vdi': { ...base, modificationUuid: none }, 'child.vdi': child });
    const said = (): string => describeFailure(failureOf(() => open(alone))).sentence;
    expect(said()).toContain(`it has no modification UUID, and ${modificationUuid} is wanted`);
    await speak('de');
    expect(said()).toContain(`es hat keine Änderungs-UUID, und gebraucht wird ${modificationUuid}`);
  });

  it('of header version 0.1 has the UUID alone to compare', () => {
    const old = { ...child, version: '0.1' } as const;
    const disk = open(folderWith({ 'a.vdi': base, 'child.vdi': old }));
    expectSameBytes(readAll(disk), joined);
  });

  it('names the UUID when its parent is not there', () => {
    expect(() => open(folderWith({ 'child.vdi': child }))).toThrow(`{${uuid}}`);
    expect(() => open(folderWith({ 'child.vdi': child }))).toThrow(/image\.parent-missing/);
  });

  it('that is its own grandparent is refused', () => {
    const first = { ...child, uuid, parentUuid: child.uuid! };
    const { parentModificationUuid: _, ...unrecorded } = first;
    const round = folderWith({
      'child.vdi': { ...child, parentModificationUuid: modificationUuid },
      'b.vdi': { ...unrecorded, modificationUuid },
    });
    expect(() => open(round)).toThrow(/comes back to/);
  });
});
