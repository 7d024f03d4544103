// The names that forms propose.
import { describe, expect, it } from 'vitest';

import {
  builtName,
  copyName,
  freeNames,
  newDiskName,
  proposedName,
  wrappedExtension,
} from '../../../renderer/state/output-names.ts';

describe('proposedName', () => {
  it('changes the extension', () => {
    expect(proposedName('disk.vmdk', 'qcow2')).toBe('disk.qcow2');
    expect(proposedName('a.b.img', 'vhd')).toBe('a.b.vhd');
  });

  it('never proposes the name of the source', () => {
    expect(proposedName('disk.qcow2', 'qcow2')).toBe('disk-copy.qcow2');
    expect(proposedName('disk.qcow2', 'qcow2', '-snapshot')).toBe('disk-snapshot.qcow2');
  });

  it('takes a name without an extension, or one that starts with a dot, as it is', () => {
    expect(proposedName('disk', 'raw')).toBe('disk.raw');
    expect(proposedName('.hidden', 'raw')).toBe('.hidden.raw');
  });
});

describe('newDiskName', () => {
  it('says what an overlay lies over', () => {
    expect(newDiskName(null, 'vdi')).toBe('disk.vdi');
    expect(newDiskName('/images/base.qcow2', 'qcow2')).toBe('base-overlay.qcow2');
    expect(newDiskName('C:\\images\\base.vhdx', 'vhdx')).toBe('base-overlay.vhdx');
  });
});

describe('builtName', () => {
  const ova = { id: 'ova', extensions: ['ova'] };
  const folder = { id: 'ovf', extensions: [] };

  it('is named after the first input', () => {
    expect(builtName(ova, '/images/station.qcow2')).toBe('station.ova');
    expect(builtName(ova, '/images/station.ova')).toBe('station-copy.ova');
    expect(builtName(folder, '/images/station.qcow2')).toBe('station-ovf');
  });

  it('is named after what it is where there is no input', () => {
    expect(builtName({ id: 'seed', extensions: ['iso'] }, undefined)).toBe('seed.iso');
  });
});

describe('a compressed output', () => {
  it('has both endings, or that of the archive', () => {
    expect(wrappedExtension('raw', { extension: 'gz' })).toBe('raw.gz');
    expect(wrappedExtension('raw', { extension: 'tar.gz' })).toBe('tar.gz');
  });
});

describe('copyName', () => {
  it('keeps the ending, and takes off what the image is packed in', () => {
    expect(copyName('disk.vmdk')).toBe('disk-copy.vmdk');
    expect(copyName('disk')).toBe('disk-copy');
    expect(copyName('disk.qcow2.gz')).toBe('disk.qcow2');
    expect(copyName('disk.tar.xz')).toBe('disk');
    expect(freeNames(['a.vdi', 'a-copy.vdi', 'a.vdi.gz', 'A.vdi.xz'], copyName)).toEqual([
      'a-copy.vdi',
      'a-copy-copy.vdi',
      'a.vdi',
      'A-2.vdi',
    ]);
  });
});

describe('freeNames', () => {
  it('gives each output a name of its own', () => {
    const sources = ['a.vmdk', 'A.img', 'a.qcow2', 'b.raw', 'a.vhd'];
    expect(freeNames(sources, (name) => proposedName(name, 'qcow2'))).toEqual([
      'a.qcow2',
      'A-2.qcow2',
      'a-copy.qcow2',
      'b.qcow2',
      'a-3.qcow2',
    ]);
  });
});
