// Every rule of every cloud: one image that breaks it, and one beside it that does not.
import { describe, expect, it } from 'vitest';
import type { Severity, PreflightFacts } from '#shared/domain/preflight.ts';
import { clouds } from '../../../electron/clouds/registry.ts';
import { imageRules } from '../../../electron/clouds/image-rules.ts';
import { preflight } from '../../../electron/clouds/preflight.ts';
import { factsWith, packageWith, type Changes } from './facts.ts';

const gib = 2 ** 30;
const tib = 2 ** 40;
const biosOnly = { boot: { bios: true, uefi: false, efiSystemPartition: false } };
const uefiOnly = { boot: { bios: false, uefi: true, efiSystemPartition: true } };
const nothing = { boot: { bios: false, uefi: false, efiSystemPartition: false } };
const found = (format: string, ...checks: string[]): Pick<Changes, 'inspection'> & Changes => ({
  inspection: {
    matches: [
      {
        format,
        complete: true,
        failures: checks.map((check) => ({ check, reason: `${check} fails` })),
        sizeProblem: null,
      },
    ],
    breaksOff: false,
  },
});
const two = (...formats: string[]): Changes => ({
  inspection: {
    matches: formats.map((format) => ({ format, complete: true, failures: [], sizeProblem: null })),
    breaksOff: false,
  },
});
const fixedVhd = { format: 'vhd', variant: 'fixed' };

interface Row {
  readonly cloud: string;
  readonly rule: string;
  readonly severity: Severity;
  /** Whether something mends it. */
  readonly fix: boolean;
  readonly breaks: PreflightFacts;
  readonly keeps: PreflightFacts;
}

const row = (
  cloud: string,
  rule: string,
  severity: Severity,
  fix: boolean,
  breaks: Changes | PreflightFacts,
  keeps: Changes | PreflightFacts = {},
): Row => ({ cloud, rule, severity, fix, breaks: whole(breaks), keeps: whole(keeps) });
const whole = (facts: Changes | PreflightFacts): PreflightFacts =>
  'disks' in facts ? facts : factsWith(facts);

const rows: readonly Row[] = [
  row('openstack', 'image.not-a-disk', 'stop', false, { kind: 'kernel', format: 'bzimage' }),
  row('kvm', 'image.broken-chain', 'stop', false, { parent: 'base.qcow2', brokenBy: 'image.parent-missing' }),
  row('azure', 'image.large-sectors', 'hint', false, { layout: { sectorBytes: 4096 } }),
  row(
    'azure',
    'image.chain',
    'stop',
    true,
    { parent: 'base.vhd' },
    { parent: 'base.vhd', brokenBy: 'image.parent-missing' },
  ),
  row('azure', 'image.further-files', 'stop', true, { furtherFiles: ['flat.vmdk'] }),
  row('azure', 'image.encrypted', 'stop', true, { encrypted: true }),
  row('google', 'image.ambiguous', 'warning', true, { claims: ['qcow2', 'vhd'] }, { claims: ['vhd'] }),

  row('openstack', 'openstack.format', 'stop', true, { format: 'qed' }, { format: 'qcow2' }),
  row('openstack', 'openstack.compression', 'stop', true, { wrapper: 'gzip' }),
  row(
    'openstack',
    'openstack.format-match',
    'stop',
    true,
    { ...fixedVhd, ...found('gpt') },
    { ...fixedVhd, ...found('vhd') },
  ),
  row(
    'openstack',
    'openstack.safety',
    'stop',
    true,
    { format: 'qcow2', ...found('qcow2', 'data_file') },
    { format: 'qcow2', ...found('qcow2') },
  ),
  row('openstack', 'openstack.boot-record', 'warning', true, found('gpt', 'mbr'), found('gpt')),
  row(
    'openstack',
    'openstack.hybrid-medium',
    'warning',
    false,
    { kind: 'optical', format: 'iso', ...two('iso', 'gpt') },
    { kind: 'optical', format: 'iso', ...found('iso') },
  ),
  row('openstack', 'openstack.vdi', 'warning', true, { format: 'vdi', ...found('vdi') }),
  row('openstack', 'openstack.vhd-conversion', 'hint', false, { format: 'vhd', ...found('vhd') }),
  row('openstack', 'openstack.firmware', 'warning', false, { layout: nothing }),
  row('openstack', 'openstack.uefi-property', 'hint', false, { layout: uefiOnly }),

  row('aws-ebs', 'aws-ebs.format', 'stop', true, { format: 'qcow2' }),
  row('aws-ebs', 'aws-ebs.compression', 'stop', true, { wrapper: 'xz' }),
  row('aws-ebs', 'aws-ebs.size-unit', 'warning', true, { virtualSizeBytes: gib + 512 }),
  row(
    'aws-ebs',
    'aws-ebs.size',
    'stop',
    false,
    { virtualSizeBytes: 65 * tib },
    { virtualSizeBytes: 64 * tib },
  ),
  row('aws-ebs', 'aws-ebs.firmware', 'warning', false, { layout: nothing }),
  row('aws-ebs', 'aws-ebs.drivers', 'hint', false, {}, { layout: { system: 'windows' } }),
  row('aws-snapshot', 'aws-snapshot.format', 'stop', true, { format: 'qcow2' }, { format: 'vhdx' }),
  row('aws-snapshot', 'aws-snapshot.compression', 'stop', true, { wrapper: 'gzip' }),
  row('aws-snapshot', 'aws-snapshot.firmware', 'warning', false, { layout: nothing }),
  row('aws-snapshot', 'aws-snapshot.drivers', 'hint', false, {}, { layout: { system: null } }),
  row(
    'aws-image',
    'aws-image.format',
    'stop',
    true,
    { format: 'vmdk', variant: 'monolithicSparse' },
    packageWith('ova', { format: 'vmdk', variant: 'monolithicSparse' }),
  ),
  row('aws-image', 'aws-image.compression', 'stop', true, { wrapper: 'gzip' }),
  row(
    'aws-image',
    'aws-image.volumes',
    'stop',
    false,
    packageWith('ova', ...Array<Changes>(22).fill({})),
    packageWith('ova', ...Array<Changes>(21).fill({})),
  ),
  row(
    'aws-image',
    'aws-image.mbr-size',
    'warning',
    false,
    { layout: { scheme: 'mbr' }, virtualSizeBytes: 3 * tib },
    { virtualSizeBytes: 3 * tib },
  ),
  row('aws-image', 'aws-image.architecture', 'stop', false, { layout: { architectures: ['aarch64'] } }),
  row('aws-image', 'aws-image.encrypted-volumes', 'stop', false, { layout: { encryptedVolumes: 1 } }),
  row('aws-image', 'aws-image.firmware', 'warning', false, { layout: nothing }),

  row('azure', 'azure.fixed-vhd', 'stop', true, { format: 'vhd', variant: 'dynamic' }, fixedVhd),
  row('azure', 'azure.compression', 'stop', true, { ...fixedVhd, wrapper: 'gzip' }),
  row('azure', 'azure.size-unit', 'stop', true, { ...fixedVhd, virtualSizeBytes: gib + 512 }),
  row(
    'azure',
    'azure.least-size',
    'stop',
    true,
    { virtualSizeBytes: 8 << 20 },
    { virtualSizeBytes: 20 << 20 },
  ),
  row('azure', 'azure.size', 'stop', false, { virtualSizeBytes: 33 * tib }, { virtualSizeBytes: 32 * tib }),
  row(
    'azure',
    'azure.linux-size',
    'warning',
    false,
    { virtualSizeBytes: tib },
    { virtualSizeBytes: tib, layout: { system: 'windows' } },
  ),
  row(
    'azure',
    'azure.generation-1-size',
    'warning',
    false,
    { virtualSizeBytes: 3 * tib, layout: biosOnly },
    { virtualSizeBytes: 3 * tib },
  ),
  row('azure', 'azure.firmware', 'warning', false, { layout: nothing }),
  row('azure', 'azure.generation', 'hint', false, { layout: uefiOnly }),
  row('azure', 'azure.linux-guest', 'hint', false, {}, { layout: null }),

  row('google', 'google.format', 'stop', true, { format: 'vmdk' }),
  row('google', 'google.archive', 'stop', true, {}, { wrapper: 'tar+gzip' }),
  row('google', 'google.size-unit', 'stop', true, { virtualSizeBytes: gib + (1 << 20) }),
  row('google', 'google.backup-gpt', 'warning', true, { layout: { backupGpt: 'elsewhere' } }),
  row('google', 'google.firmware', 'warning', false, { layout: nothing }),
  row('google', 'google.linux-guest', 'hint', false, {}, { layout: { system: 'windows' } }),

  row('oracle', 'oracle.format', 'stop', true, {}, { format: 'qcow2' }),
  row(
    'oracle',
    'oracle.vmdk-type',
    'stop',
    true,
    { format: 'vmdk', variant: 'monolithicFlat' },
    { format: 'vmdk', variant: 'streamOptimized' },
  ),
  row('oracle', 'oracle.compression', 'stop', true, { wrapper: 'gzip' }),
  row('oracle', 'oracle.size', 'stop', false, { virtualSizeBytes: 401e9 }, { virtualSizeBytes: 400e9 }),
  row('oracle', 'oracle.encrypted-volumes', 'stop', false, { layout: { encryptedVolumes: 1 } }),
  row('oracle', 'oracle.single-disk', 'warning', false, packageWith('ova', {}, {}), packageWith('ova', {})),
  row('oracle', 'oracle.firmware', 'warning', false, { layout: nothing }),

  row('digitalocean', 'digitalocean.format', 'stop', true, fixedVhd),
  row('digitalocean', 'digitalocean.compression', 'stop', true, { wrapper: 'xz' }, { wrapper: 'bzip2' }),
  row('digitalocean', 'digitalocean.size', 'stop', false, { virtualSizeBytes: 100e9 }),
  row('digitalocean', 'digitalocean.system', 'stop', false, { layout: { system: 'windows' } }),
  row('digitalocean', 'digitalocean.linux-guest', 'hint', false, {}, { layout: { system: null } }),

  row('alibaba', 'alibaba.format', 'stop', true, { format: 'vdi' }),
  row('alibaba', 'alibaba.compression', 'stop', true, { wrapper: 'gzip' }),
  row('alibaba', 'alibaba.size', 'hint', false, { virtualSizeBytes: 600 * gib }),

  row('hetzner', 'hetzner.format', 'stop', true, { format: 'vmdk' }),
  row('hetzner', 'hetzner.compression', 'stop', true, { wrapper: 'gzip' }, { wrapper: 'zstd' }),
  row('hetzner', 'hetzner.qcow2', 'hint', false, { format: 'qcow2' }),
  row('hetzner', 'hetzner.size', 'hint', false, { virtualSizeBytes: 30 * gib }),

  row('kubevirt', 'kubevirt.format', 'stop', true, { format: 'qed' }),
  row('kubevirt', 'kubevirt.compression', 'stop', true, { wrapper: 'zstd' }, { wrapper: 'xz' }),
  row('kubevirt', 'kubevirt.scratch-space', 'hint', false, { format: 'qcow2' }),

  row('kvm', 'kvm.format', 'stop', true, { format: 'asif' }, { format: 'vmdk' }),
  row('kvm', 'kvm.native-format', 'hint', false, { format: 'vmdk' }, { format: 'qcow2' }),
  row('kvm', 'kvm.compression', 'stop', true, { wrapper: 'gzip' }),
  row('kvm', 'kvm.firmware', 'hint', false, { layout: nothing }),

  row('proxmox', 'proxmox.format', 'stop', true, { format: 'vdi' }),
  row('proxmox', 'proxmox.compression', 'stop', true, { wrapper: 'gzip' }),
  row('proxmox', 'proxmox.firmware', 'hint', false, { layout: nothing }),

  row('esxi', 'esxi.format', 'stop', true, {}, packageWith('ova', {})),
  row(
    'esxi',
    'esxi.hosted-sparse',
    'stop',
    true,
    { format: 'vmdk', variant: 'monolithicSparse' },
    { format: 'vmdk', variant: 'vmfs' },
  ),
  row('esxi', 'esxi.stream', 'hint', false, { format: 'vmdk', variant: 'streamOptimized' }),
  row('esxi', 'esxi.compression', 'stop', true, { wrapper: 'gzip' }),
  row('esxi', 'esxi.firmware', 'hint', false, { layout: nothing }),

  row('virtualbox', 'virtualbox.format', 'stop', true, { format: 'vhdx' }, { format: 'vdi' }),
  row('virtualbox', 'virtualbox.compression', 'stop', true, { wrapper: 'gzip' }),
  row('virtualbox', 'virtualbox.firmware', 'hint', false, { layout: nothing }),

  row('hyper-v', 'hyper-v.format', 'stop', true, { format: 'qcow2' }, { format: 'vhdx' }),
  row('hyper-v', 'hyper-v.compression', 'stop', true, { wrapper: 'gzip' }),
  row('hyper-v', 'hyper-v.generation-2', 'stop', true, { ...fixedVhd, layout: uefiOnly }, fixedVhd),
  row('hyper-v', 'hyper-v.generation-1-size', 'warning', false, {
    virtualSizeBytes: 3 * tib,
    layout: biosOnly,
  }),
  row('hyper-v', 'hyper-v.firmware', 'hint', false, { layout: nothing }),
];

const findingsOf = (facts: PreflightFacts, cloud: string, rule: string) =>
  preflight(facts, [cloud]).clouds[0]!.findings.filter((finding) => finding.rule === rule);

describe('rules', () => {
  it.each(rows)('$rule', ({ cloud, rule, severity, fix, breaks, keeps }) => {
    const [finding] = findingsOf(breaks, cloud, rule);
    expect(finding).toMatchObject({ rule, severity });
    expect(finding!.fix !== undefined).toBe(fix);
    expect(findingsOf(keeps, cloud, rule)).toEqual([]);
  });

  it('are all in the table', () => {
    const all = [...imageRules.cloud, ...clouds.flatMap(({ rules }) => rules)].map(({ id }) => id);
    expect(rows.map(({ rule }) => rule).sort()).toEqual([...new Set(all)].sort());
    expect(new Set(all).size).toBe(all.length);
  });

  it('say where and when they were read; what was not read is a hint', () => {
    for (const { id, severity, source } of clouds.flatMap(({ rules }) => rules)) {
      if (source === null) expect(severity, id).toBe('hint');
      else expect(source.readOn, id).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    }
  });
});
