// Plans for every cloud: what is written from what, in which steps, and what the cloud will say of it.
import { describe, expect, it } from 'vitest';
import type { PreparationPlan, PreparationRequest } from '#shared/domain/preparation.ts';
import type { PreflightFacts } from '#shared/domain/preflight.ts';
import { planPreparation } from '../../../electron/clouds/plan.ts';
import { clouds } from '../../../electron/clouds/registry.ts';
import { factsWith, packageWith, type Changes } from './facts.ts';

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

function planFor(
  cloud: string,
  facts: PreflightFacts = factsWith(),
  rest: Partial<PreparationRequest> = {},
): PreparationPlan {
  const request = { source: { path: facts.path }, cloud, outputFolder: '/out', ...rest };
  return planPreparation(facts, request, { tool: 'Platter 1' });
}
const output = (plan: PreparationPlan, index = 0) => plan.work.outputs[index]!;

/** Images that somebody refuses, each for a reason of its own. */
const images: Readonly<Record<string, PreflightFacts>> = {
  'a chain of VMDKs': factsWith({ format: 'vmdk', variant: 'monolithicSparse', parent: 'base.vmdk' }),
  'split VMDK': factsWith({
    format: 'vmdk',
    variant: 'twoGbMaxExtentSparse',
    furtherFiles: ['/a/b-s001.vmdk'],
  }),
  'a dynamic VHD with an odd end': factsWith({
    format: 'vhd',
    variant: 'dynamic',
    virtualSizeBytes: 3 * mebibyte + 512,
    layout: { backupGpt: 'elsewhere' },
  }),
  'raw in xz': factsWith({ wrapper: 'xz', virtualSizeBytes: 5 * gibibyte + mebibyte }),
  'a file that is two things': factsWith({ format: 'qcow2', claims: ['qcow2', 'VHD'] }),
  QED: factsWith({ format: 'qed' }),
  'an encrypted qcow2': factsWith({ format: 'qcow2', encrypted: true, layout: null }),
  'a package': packageWith(
    'ova',
    { format: 'vmdk', variant: 'streamOptimized' },
    { format: 'vhd', variant: 'fixed' },
  ),
  'an OVF folder': packageWith('ovf', { format: 'vmdk', variant: 'monolithicSparse' }),
};

describe('with all fixes, nothing is left that could be mended', () => {
  it.each(Object.entries(images))('of %s', (_title, facts) => {
    for (const { id } of clouds) {
      const { before, after, fixes, work } = planFor(id, facts);
      const left = after.findings.filter(({ fix, severity }) => fix !== undefined && severity !== 'hint');
      expect([id, left.map(({ rule }) => rule)]).toEqual([id, []]);
      expect(fixes).toEqual([...new Set(before.findings.filter(({ fix }) => fix).map(({ rule }) => rule))]);
      expect(work.outputs.length).toBeGreaterThan(0);
      expect(new Set(work.outputs.map(({ fileName }) => fileName)).size).toBe(work.outputs.length);
    }
  });
});

describe('a plan', () => {
  it.each<[string, Changes, object]>([
    [
      'azure',
      { format: 'vmdk' },
      { target: { format: 'vhd', variant: 'fixed' }, fileName: 'disk-azure.vhd' },
    ],
    [
      'azure',
      { virtualSizeBytes: 3 * mebibyte + 1 },
      { source: { path: '/images/disk', grown: { unitBytes: mebibyte, leastBytes: 20 * mebibyte } } },
    ],
    [
      'google',
      { virtualSizeBytes: gibibyte + 512 },
      {
        target: { format: 'raw', wrapper: 'tar+gzip' },
        source: { path: '/images/disk', grown: { unitBytes: gibibyte, leastBytes: gibibyte } },
        fileName: 'disk-google.tar.gz',
      },
    ],
    [
      'google',
      { layout: { backupGpt: 'missing' } },
      { source: { path: '/images/disk', grown: { unitBytes: 1, leastBytes: 0 } } },
    ],
    ['aws-ebs', { format: 'qcow2' }, { target: { format: 'raw' } }],
    ['aws-image', { format: 'qcow2' }, { target: { format: 'vmdk', variant: 'streamOptimized' } }],
    ['openstack', { format: 'vdi' }, { target: { format: 'qcow2' } }],
    [
      'openstack',
      { kind: 'optical', format: 'iso', wrapper: 'gzip' },
      { role: 'medium', fileName: 'disk-openstack.iso' },
    ],
    ['hyper-v', { format: 'qcow2' }, { target: { format: 'vhdx', variant: 'dynamic' } }],
    ['virtualbox', { format: 'qcow2' }, { target: { format: 'vdi', variant: 'dynamic' } }],
    ['oracle', { format: 'raw' }, { target: { format: 'qcow2' } }],
    ['hetzner', { format: 'vhd' }, { target: { format: 'raw' }, fileName: 'disk-hetzner.raw' }],
  ])('for %s of %o', (cloud, changes, expected) => {
    expect(output(planFor(cloud, factsWith(changes)))).toMatchObject(expected);
  });

  it('says its steps, and grows where it says so', () => {
    const facts = factsWith({
      format: 'vmdk',
      parent: '/a/base.vmdk',
      virtualSizeBytes: 25 * mebibyte + 512,
    });
    expect(planFor('azure', facts).work.steps).toEqual([
      'Join it with “base.vmdk”, which it stands on',
      'Grow the disk from 25 MiB to 26 MiB',
      'Move the backup GPT to the end of the disk',
      'Write disk-azure.vhd: Fixed VHD',
      'Read everything back, and write checksums, provenance and commands beside it',
    ]);
  });

  it('takes a file that is ready as it is, and only those fixes that are wanted', () => {
    const inspection = {
      matches: [{ format: 'qcow2', complete: true, failures: [], sizeProblem: null }],
      breaksOff: false,
    };
    const ready = planFor('openstack', factsWith({ format: 'qcow2', inspection }));
    expect(output(ready)).toMatchObject({
      source: { format: 'raw' },
      target: { format: 'raw' },
      format: 'qcow2',
    });
    expect(ready.target).toBe('as-is');
    const odd = factsWith({ format: 'qcow2', virtualSizeBytes: 30 * mebibyte + 512 });
    const some = planFor('azure', odd, { fixes: ['azure.fixed-vhd'] });
    expect(output(some).source.grown).toBeUndefined();
    expect(some.after.findings.map(({ rule }) => rule)).toContain('azure.size-unit');
    expect(some.after.verdict).toBe('fixable');
    expect(() => planFor('azure', odd, { fixes: ['azure.size'] })).toThrow(/nothing is to be mended/);
    expect(output(planFor('azure', odd, { target: 'as-is' })).format).toBe('qcow2');
    // An overlay is no file of its own, wherever it goes.
    expect(output(planFor('kvm', factsWith({ format: 'qcow2', parent: 'base.qcow2' }))).target.format).toBe(
      'qcow2',
    );
    expect(
      output(planFor('kvm', factsWith({ format: 'qcow2', parent: 'base.qcow2' }))).source.format,
    ).toBeUndefined();
  });

  it('takes packages whole where the cloud does, and else their disks, all or some', () => {
    const ova = packageWith('ova', { format: 'vmdk', variant: 'streamOptimized' }, { format: 'vmdk' });
    expect(output(planFor('aws-image', ova))).toMatchObject({
      role: 'package',
      fileName: 'machine-aws-image.ova',
    });
    const disks = planFor('openstack', ova).work.outputs;
    expect(disks.map(({ fileName }) => fileName)).toEqual([
      'machine-openstack-1.qcow2',
      'machine-openstack-2.qcow2',
    ]);
    expect(disks[1]!.source).toEqual({ path: '/images/machine.ova', member: 'disk2.vmdk' });
    expect(planFor('openstack', ova, { disks: ['disk2.vmdk'] }).work.outputs).toHaveLength(1);
    const ovf = planFor('proxmox', packageWith('ovf', { format: 'vmdk' }));
    expect(ovf.work.outputs.map(({ fileName }) => fileName)).toEqual(['machine.ovf', 'disk1.vmdk']);
    expect(() => planFor('openstack', ova, { disks: ['disk9'] })).toThrow(/no disk .+disk9/);
  });

  it('hands a set over in its order: kernel, RAM disk, image', () => {
    const kernel = { path: '/images/vmlinuz', format: 'raw' };
    const set = { kernel, ramdisk: { path: '/images/initrd', format: 'raw' } };
    const bare = { scheme: null, wholeDisk: 'ext4', backupGpt: null } as const;
    const plan = planFor('openstack', { ...factsWith({ layout: bare }), set });
    expect(plan.work.outputs.map(({ role, source }) => [role, source.path])).toEqual([
      ['kernel', '/images/vmlinuz'],
      ['ramdisk', '/images/initrd'],
      ['disk', '/images/disk'],
    ]);
    expect(plan.handOver.commands.at(-1)!.command).toContain('--property kernel_id="$KERNEL_ID"');
    // Others take the disk alone.
    expect(planFor('azure', { ...factsWith({ layout: bare }), set }).work.outputs).toHaveLength(1);
  });

  it('refuses what is no disk, and names that mean more than a name', () => {
    expect(() => planFor('azure', factsWith({ kind: 'kernel', format: 'bzimage' }))).toThrow(/no disk/);
    expect(() => planFor('nowhere')).toThrow(/no cloud .+nowhere/);
    expect(() => planFor('azure', factsWith(), { target: 'qcow2' })).toThrow(/no target .+qcow2/);
    expect(() => planFor('azure', factsWith(), { name: '../x' })).toThrow(/a name holds/);
    const odd = { ...factsWith({ format: 'vmdk' }), path: "/images/my $(disk)'s.vmdk" };
    expect(output(planFor('azure', odd)).fileName).toBe('my-disk-s-azure.vhd');
  });
});
