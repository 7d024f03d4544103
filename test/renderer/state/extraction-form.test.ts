/** The form of an extraction: what it starts with, what is wrong with it, what it asks for. */
import { describe, expect, it } from 'vitest';
import type { FormatDescription } from '#shared/domain/format.ts';
import type { PackageDisk, PackageInfo } from '#shared/domain/package.ts';
import {
  extractionRequest,
  fileNameProblem,
  newExtractionForm,
  sharedFileName,
  whyNotExtractable,
  type ExtractionForm,
} from '../../../renderer/state/extraction-form.ts';
import { asIs } from '../../../renderer/state/target-choice.ts';

const formats: readonly FormatDescription[] = [
  {
    id: 'alpha',
    title: 'Alpha',
    extensions: ['al'],
    readable: true,
    checkable: false,
    repairable: false,
    creation: {
      variants: [{ id: 'plain', title: 'Plain', help: '' }],
      options: [],
      backs: false,
      wraps: false,
    },
  },
];
const defaults = { format: 'alpha', outputFolder: null, verify: true };

function disk(name: string, changes: Partial<PackageDisk> = {}): PackageDisk {
  return {
    name,
    file: `${name}.al`,
    format: 'alpha',
    virtualSizeBytes: 1000,
    sizeInPackageBytes: 100,
    compression: null,
    parent: null,
    controller: null,
    ...changes,
  };
}

function packageOf(...disks: PackageDisk[]): PackageInfo {
  const system = {
    name: 'machine',
    os: null,
    vcpus: null,
    memoryBytes: null,
    firmware: null,
    product: null,
    vendor: null,
    version: null,
    productUrl: null,
    annotation: null,
    nics: [],
  };
  return {
    path: '/packages/a.ova',
    format: 'ova',
    ovfVersion: '1.x',
    fileSizeBytes: 1,
    files: [],
    systems: [
      { ...system, disks: disks.slice(0, 1) },
      { ...system, disks: disks.slice(1) },
    ],
    networks: [],
    licenses: [],
    manifest: 'absent',
    certificate: null,
    warnings: [],
  };
}

function formOf(...disks: PackageDisk[]): ExtractionForm {
  return newExtractionForm(packageOf(...disks), defaults);
}

describe('a new form', () => {
  it('takes the disks of all machines that the package holds, beside the package', () => {
    const form = formOf(
      disk('one'),
      disk('two'),
      disk('empty', { file: null, sizeInPackageBytes: null }),
      disk('lost', { sizeInPackageBytes: null }),
      disk('delta', { parent: 'one' }),
    );
    expect(form.outputFolder).toBe('/packages');
    expect(form.disks.map((entry) => [entry.disk.name, entry.selected])).toEqual([
      ['one', true],
      ['two', true],
      ['empty', false],
      ['lost', false],
      ['delta', true],
    ]);
  });

  it('says why a disk is left out', () => {
    expect(whyNotExtractable(disk('one'))).toBeNull();
    expect(whyNotExtractable(disk('empty', { file: null }))).toContain('only describes it');
    expect(whyNotExtractable(disk('lost', { sizeInPackageBytes: null }))).toContain('missing');
    expect(whyNotExtractable(disk('delta', { parent: 'one' }))).toBeNull();
  });

  it('follows the settings', () => {
    const form = newExtractionForm(packageOf(disk('one')), {
      format: asIs,
      outputFolder: '/out',
      verify: false,
    });
    expect(extractionRequest(form, formats)).toEqual({
      packagePath: '/packages/a.ova',
      outputFolder: '/out',
      verify: false,
      disks: [{ name: 'one', target: { format: asIs } }],
    });
  });

  it('leaves a disk of an unknown format as it is', () => {
    expect(formOf(disk('odd', { format: null })).disks[0]?.target.format).toBe(asIs);
  });
});

describe('the request', () => {
  it('is for the chosen disks, with the names that were given', () => {
    const form = formOf(disk('one'), disk('two'));
    form.disks[0]!.selected = false;
    form.disks[1]!.fileName = ' second.al ';
    form.replace = true;
    expect(extractionRequest(form, formats)).toEqual({
      packagePath: '/packages/a.ova',
      outputFolder: '/packages',
      verify: true,
      force: true,
      disks: [{ name: 'two', target: { format: 'alpha' }, fileName: 'second.al' }],
    });
  });

  it('is not there while nothing is chosen, or a name is faulty or there twice', () => {
    const nothing = formOf(disk('one'));
    nothing.disks[0]!.selected = false;
    expect(extractionRequest(nothing, formats)).toBeNull();

    const faulty = formOf(disk('one'));
    faulty.disks[0]!.fileName = '../x';
    expect(extractionRequest(faulty, formats)).toBeNull();

    const twice = formOf(disk('one'), disk('two'));
    for (const entry of twice.disks) entry.fileName = entry.disk.name === 'one' ? 'Same.al' : 'same.al';
    expect(sharedFileName(twice)).toBe('same.al');
    expect(extractionRequest(twice, formats)).toBeNull();
    twice.disks[1]!.selected = false;
    expect(sharedFileName(twice)).toBeNull();
    expect(extractionRequest(twice, formats)).not.toBeNull();
  });

  it('does not take two empty names for one', () => {
    expect(sharedFileName(formOf(disk('one'), disk('two')))).toBeNull();
  });
});

describe('file names', () => {
  it.each(['a.qcow2', 'with space.img', '...', '.hidden'])('%s is fine', (name) => {
    expect(fileNameProblem(name)).toBeNull();
  });

  it.each(['a/b', 'a\\b', '.', '..', 'nul\0', 'x'.repeat(256)])('%j is not', (name) => {
    expect(fileNameProblem(name)).not.toBeNull();
  });
});
