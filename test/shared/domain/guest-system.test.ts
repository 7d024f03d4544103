import { describe, expect, it } from 'vitest';
import { systemFamilyOf, systemsOf, systemTitle } from '#shared/domain/guest-system.ts';

describe('systemFamilyOf', () => {
  it.each([
    // VirtualBox
    ['Debian_64', 'debian'],
    ['Windows10_64', 'windows'],
    ['WindowsNT4', 'windows'],
    ['Ubuntu22_LTS_64', 'ubuntu'],
    ['ArchLinux_64', 'arch'],
    ['MacOS_64', 'macos'],
    ['RedHat_64', 'rhel'],
    ['OpenSUSE_Leap_64', 'opensuse'],
    ['Linux26', 'linux'],
    // VMware
    ['debian12-64', 'debian'],
    ['rhel9_64Guest', 'rhel'],
    ['winxppro', 'windows'],
    ['winNetStandard', 'windows'],
    ['longhorn-64', 'windows'],
    ['darwin19-64', 'macos'],
    ['sles15-64', 'suse'],
    ['otherlinux-64', 'linux'],
    ['freebsd13-64', 'freebsd'],
    ['amazonlinux2-64', 'amazon'],
    ['vmkernel7', 'esxi'],
    // OVF, libosinfo, os-release
    ['Red Hat Enterprise Linux (64-bit)', 'rhel'],
    ['Oracle Linux', 'oracle'],
    ['win 10', 'windows'],
    ['ol 9.3', 'oracle'],
    ['amzn 2023', 'amazon'],
    ['opensuse-leap 15.5', 'opensuse'],
    ['arch', 'arch'],
    ['linux', 'linux'],
    ['Debian GNU/Linux 12', 'debian'],
    ['Ubuntu 24.04 LTS amd64', 'ubuntu'],
  ])('knows %s', (name, family) => {
    expect(systemFamilyOf(name)?.id).toBe(family);
  });

  it.each(['', 'Other (64-bit)', 'archive', 'winter storm?', 'plan9', 'twin 1', 'DRIVERS'])(
    'makes nothing of “%s”',
    (name) => {
      expect(systemFamilyOf(name)).toBeNull();
    },
  );
});

it('a distribution is a Linux, and Linux by itself is no distribution', () => {
  expect(systemsOf('debian 12')).toEqual(['debian', 'linux']);
  expect(systemsOf('linux')).toEqual(['linux']);
  expect(systemsOf('windows')).toEqual(['windows']);
  expect(systemsOf('BeOS')).toEqual([]);
});

it('names are read by people', () => {
  expect(systemTitle('debian 12')).toBe('Debian 12');
  expect(systemTitle('opensuse-leap 15.5')).toBe('openSUSE 15.5');
  expect(systemTitle('Debian_64')).toBe('Debian');
  expect(systemTitle('windows')).toBe('Windows');
  expect(systemTitle('Debian GNU/Linux 12 (bookworm)')).toBe('Debian GNU/Linux 12 (bookworm)');
  expect(systemTitle('BeOS')).toBe('BeOS');
});
