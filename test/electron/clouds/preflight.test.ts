import { describe, expect, it } from 'vitest';
import { describeClouds, preflight } from '../../../electron/clouds/preflight.ts';
import { factsWith, packageWith } from './facts.ts';
import { inWords } from '#shared/text/in-words.ts';

const verdictOf = (cloud: string, facts = factsWith()): string =>
  preflight(facts, [cloud]).clouds[0]!.verdict;

describe('preflight', () => {
  it('answers for every cloud, or for those asked about', () => {
    const { path, clouds } = preflight(factsWith());
    expect(path).toBe('/images/disk');
    expect(clouds.map(({ id }) => id)).toEqual(describeClouds().map(({ id }) => id));
    expect(preflight(factsWith(), ['azure', 'kvm']).clouds.map(({ id }) => id)).toEqual(['azure', 'kvm']);
    expect(() => preflight(factsWith(), ['aws'])).toThrow(/input\.invalid|there is no cloud "aws"/);
  });

  it('is ready where only hints are left, fixable where all can be mended, refused where something cannot', () => {
    expect(verdictOf('aws-ebs')).toBe('ready');
    expect(verdictOf('google')).toBe('fixable');
    expect(verdictOf('oracle', factsWith({ virtualSizeBytes: 2 ** 42 }))).toBe('refused');
    // A warning that nothing mends is for the person to weigh.
    const dataDisk = { boot: { bios: false, uefi: false, efiSystemPartition: false } };
    expect(verdictOf('aws-ebs', factsWith({ layout: dataDisk }))).toBe('ready');
  });

  it('takes packages whole where the cloud does, and looks into them where not', () => {
    const stream = { format: 'vmdk', variant: 'streamOptimized' };
    const machine = packageWith('ova', stream, stream);
    expect(verdictOf('aws-image', machine)).toBe('ready');
    const [openstack] = preflight(machine, ['openstack']).clouds;
    expect(openstack!.findings.map(({ rule }) => rule)).toEqual(['openstack.package']);
    expect(openstack!.verdict).toBe('fixable');
    const [azure] = preflight(machine, ['azure']).clouds;
    const formats = azure!.findings.filter(({ rule }) => rule === 'azure.fixed-vhd');
    expect(formats.map(({ message }) => inWords(message).slice(0, 10))).toEqual(['disk1.vmdk', 'disk2.vmdk']);
    expect(verdictOf('esxi', packageWith('ova'))).toBe('refused');
  });
});
