import { describe, expect, it } from 'vitest';
import { guestSystem, guestSystems } from '#engine/builders/guest-systems.ts';
import { osTypeName } from '#engine/packages/ovf/operating-systems.ts';

describe('operating systems to choose from', () => {
  it('have different ids', () => {
    expect(new Set(guestSystems.map(({ id }) => id)).size).toBe(guestSystems.length);
    expect(guestSystem('debian12').vmware).toBe('debian12_64Guest');
  });

  it.each([
    ['linux', 'Linux (64-bit)'],
    ['debian12', 'Debian (64-bit)'],
    ['ubuntu', 'Ubuntu (64-bit)'],
    ['rhel9', 'Red Hat Enterprise Linux (64-bit)'],
    ['centos7', 'CentOS (64-bit)'],
    ['oracle9', 'Oracle Linux (64-bit)'],
    ['opensuse', 'SUSE (64-bit)'],
    ['sles15', 'SLES (64-bit)'],
    ['freebsd', 'FreeBSD (64-bit)'],
    ['openbsd', 'OpenBSD'],
    ['netbsd', 'NetBSD'],
    ['windows7', 'Windows 7'],
    ['windows10', 'Windows 10 (64-bit)'],
    ['windows2012r2', 'Windows Server 2012 R2'],
    ['windows2016', 'Windows Server 2016'],
    ['windows2019', 'Windows Server 2019'],
    ['other32', 'Other'],
    ['other', 'Other (64-bit)'],
  ])('%s is CIM’s %s', (id, name) => expect(osTypeName(guestSystem(id).cimType)).toBe(name));
});
