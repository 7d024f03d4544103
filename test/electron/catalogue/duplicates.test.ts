import { beforeEach, describe, expect, it } from 'vitest';
import { wouldGo } from '#shared/domain/content.ts';
import { annotate } from '../../../electron/catalogue/annotations.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { findDuplicates, listDuplicates } from '../../../electron/catalogue/duplicates.ts';
import { recordReferences } from '../../../electron/catalogue/references.ts';
import { setMissing } from '../../../electron/catalogue/images.ts';
import { addKnown, someFile } from './some-content.ts';

let catalogue: Catalogue;
beforeEach(() => {
  catalogue = openCatalogue(':memory:');
});

const goingOf = (index = 0): number[] => {
  const group = listDuplicates(catalogue).groups[index]!;
  return wouldGo(group, group.keepId).map(({ entry }) => entry.id);
};

describe('duplicates', () => {
  it('are entries with the same content: the smallest is kept, and what the others take is to gain', () => {
    const large = addKnown(catalogue, '/a.raw', [1, 2], { bytes: 500 });
    const small = addKnown(catalogue, '/a.qcow2', [1, 2], { bytes: 200 });
    addKnown(catalogue, '/other.raw', [1, 3], { bytes: 900 });
    const { groups, groupCount, gainBytes } = listDuplicates(catalogue);
    expect([groups.length, groupCount, gainBytes]).toEqual([1, 1, 500]);
    expect(groups[0]).toMatchObject({ keepId: small, gainBytes: 500 });
    expect(goingOf()).toEqual([large]);
    expect(findDuplicates(catalogue, groups[0]!.root)?.keepId).toBe(small);
    expect(findDuplicates(catalogue, 'f'.repeat(64))).toBeNull();
  });

  it('keep what a person has said something of', () => {
    addKnown(catalogue, '/a.qcow2', [1], { bytes: 10 });
    const noted = addKnown(catalogue, '/a.raw', [1], { bytes: 50 });
    annotate(catalogue, [noted], { note: 'mine' });
    expect(listDuplicates(catalogue).groups[0]!.keepId).toBe(noted);
  });

  it('are none of missing files', () => {
    addKnown(catalogue, '/a.qcow2', [1]);
    setMissing(catalogue, addKnown(catalogue, '/b.qcow2', [1]), true);
    expect(listDuplicates(catalogue).groups).toEqual([]);
  });

  it('never let go of a file that others stand on, whatever is kept', () => {
    const base = addKnown(catalogue, '/base.raw', [1], { bytes: 900 });
    const copy = addKnown(catalogue, '/copy.qcow2', [1], { bytes: 20 });
    addKnown(catalogue, '/vm.qcow2', [1, 2], { others: [someFile('/base.raw', 'parent', 900)] });
    const [group] = listDuplicates(catalogue).groups;
    expect(group!.keepId).toBe(base);
    expect(group!.entries.find(({ entry }) => entry.id === base)).toMatchObject({
      stays: 'needed',
      neededBy: ['/vm.qcow2'],
    });
    expect(wouldGo(group!, copy)).toEqual([]);
    expect(wouldGo(group!, base).map(({ entry }) => entry.id)).toEqual([copy]);
  });

  it('keep what a machine or another image only says that it needs, by its path or its identity', () => {
    addKnown(catalogue, '/small.qcow2', [1], { bytes: 10 });
    addKnown(catalogue, '/disk.img', [1], { bytes: 900 });
    addKnown(catalogue, '/disk.vdi', [1], { bytes: 800 });
    const says = { role: 'disk', name: 'x', required: true, found: true } as const;
    recordReferences(catalogue, '/machine.vmx', {
      references: [{ ...says, target: '/disk.img' }],
      identities: [],
    });
    recordReferences(catalogue, '/child.vdi', {
      references: [{ ...says, role: 'parent', target: 'vdi:7' }],
      identities: [],
    });
    recordReferences(catalogue, '/disk.vdi', { references: [], identities: ['vdi:7'] });
    const [group] = listDuplicates(catalogue).groups;
    expect(Object.fromEntries(group!.entries.map(({ entry, stays }) => [entry.path, stays]))).toEqual({
      '/small.qcow2': null,
      '/disk.img': 'needed',
      '/disk.vdi': 'needed',
    });
    expect(group!.entries.find(({ entry }) => entry.path === '/disk.img')?.neededBy).toEqual([
      '/machine.vmx',
    ]);
  });

  it('are no empty overlay over its own base, nor one file by two names', () => {
    addKnown(catalogue, '/base.raw', [1]);
    addKnown(catalogue, '/empty.qcow2', [1], { others: [someFile('/base.raw', 'parent')] });
    expect(listDuplicates(catalogue).groups).toEqual([]);
    addKnown(catalogue, '/x.raw', [7]);
    const link = addKnown(catalogue, '/y.raw', [7]);
    catalogue.run("UPDATE image_content_files SET inode = '/x.raw' WHERE image_id = @link", { link });
    expect(listDuplicates(catalogue).groups).toEqual([]);
  });

  it('count an image with its extents once, and never take an extent for a disk', () => {
    const whole = addKnown(catalogue, '/a.vmdk', [1], {
      bytes: 4,
      others: [someFile('/a-flat.vmdk', 'part', 600)],
    });
    addKnown(catalogue, '/a-flat.vmdk', [1], { bytes: 600 });
    expect(listDuplicates(catalogue).groups).toEqual([]);
    addKnown(catalogue, '/a.qcow2', [1], { bytes: 3 });
    const { groups, gainBytes } = listDuplicates(catalogue);
    expect(groups[0]!.entries.map(({ entry }) => entry.path)).toEqual(['/a.qcow2', '/a.vmdk']);
    expect([gainBytes, goingOf()]).toEqual([604, [whole]]);
  });
});
