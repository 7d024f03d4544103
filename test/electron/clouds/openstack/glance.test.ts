// The decisions of set_data() in glance/location.py of Glance 30, case by case.
import { describe, expect, it } from 'vitest';
import type { StreamInspection } from '#shared/domain/preflight.ts';
import { diskFormatOf, glanceRefusal } from '../../../../electron/clouds/openstack/glance.ts';

const seen = (...formats: string[]): StreamInspection => ({
  matches: formats.map((format) => ({ format, complete: true, failures: [], sizeProblem: null })),
  breaksOff: false,
});
const failing = (format: string, check: string): StreamInspection => ({
  matches: [{ format, complete: true, failures: [{ check, reason: 'why' }], sizeProblem: null }],
  breaksOff: false,
});

const unsized = (format: string): StreamInspection => ({
  matches: [{ format, complete: true, failures: [], sizeProblem: 'why' }],
  breaksOff: false,
});

describe('glanceRefusal', () => {
  it.each([
    ['what is what it claims', seen('qcow2'), 'qcow2'],
    ['anything that claims to be raw, as long as it is safe', seen('vmdk'), 'raw'],
    ['a raw disk with a table', seen('gpt'), 'raw'],
    ['a raw disk without one', seen(), 'raw'],
    ['what cannot be inspected, where nothing is recognised', seen(), 'aki'],
    ['a size that nobody can use, of a file that claims to be raw', unsized('vmdk'), 'raw'],
    ['what the inspector breaks off over', { matches: [], breaksOff: true }, 'qcow2'],
  ] as const)('takes %s', (_, inspection, claimed) => {
    expect(glanceRefusal(inspection, claimed)).toBeNull();
  });

  it.each([
    ['another format', seen('vmdk'), 'qcow2', { kind: 'mismatch', found: 'vmdk' }],
    ['nothing known under a name', seen(), 'vhd', { kind: 'mismatch', found: 'raw' }],
    ['a kernel that looks like a disk', seen('gpt'), 'aki', { kind: 'mismatch', found: 'gpt' }],
    ['two formats at once, even as raw', seen('iso', 'gpt'), 'raw', { kind: 'several' }],
    [
      'a failed check',
      failing('qcow2', 'backing_file'),
      'qcow2',
      { kind: 'unsafe', checks: ['backing_file'] },
    ],
    ['a failed check under the name of raw', failing('qcow2', 'data_file'), 'raw', { kind: 'unsafe' }],
    ['a size that nobody can use', unsized('vmdk'), 'vmdk', { kind: 'unsized', reason: 'why' }],
    [
      'a file that is cut off',
      { matches: [{ format: 'vhdx', complete: false, failures: [], sizeProblem: null }], breaksOff: false },
      'vhdx',
      { kind: 'truncated' },
    ],
  ] as const)('refuses %s', (_, inspection, claimed, refusal) => {
    expect(glanceRefusal(inspection, claimed)).toMatchObject(refusal);
  });

  it('declares each kind of file by the name that Glance has for it', () => {
    const named = (kind: 'disk' | 'optical' | 'kernel' | 'ramdisk', format: string): string =>
      diskFormatOf({ kind, format });
    expect(named('disk', 'qcow2')).toBe('qcow2');
    expect(named('disk', 'luks')).toBe('raw');
    expect(named('optical', 'iso')).toBe('iso');
    expect(named('kernel', 'bzimage')).toBe('aki');
    expect(named('ramdisk', 'cpio')).toBe('ari');
  });
});
