/** The operating systems to choose from, with what CIM, VMware and VirtualBox call each. */
import { inEnglish } from '#shared/in-english.ts';

export interface GuestSystem {
  /** What fields and the command line call it. */
  readonly id: string;
  readonly title: string;
  /** CIM_OperatingSystem.OSType. */
  readonly cimType: number;
  /** VirtualMachineGuestOsIdentifier of the vSphere API; a host that does not know it yet goes by the CIM type. */
  readonly vmware: string;
  /** A name that VirtualBox 6 knows already: it refuses a package with one that it does not know. */
  readonly virtualBox: string;
}

const system = (
  id: string,
  title: string,
  cimType: number,
  vmware: string,
  virtualBox: string,
): GuestSystem => ({ id, title, cimType, vmware, virtualBox });

export const guestSystems: readonly GuestSystem[] = [
  system('linux', 'Linux (64-bit)', 101, 'otherLinux64Guest', 'Linux_64'),
  system('debian11', 'Debian 11 (64-bit)', 96, 'debian11_64Guest', 'Debian_64'),
  system('debian12', 'Debian 12 (64-bit)', 96, 'debian12_64Guest', 'Debian_64'),
  system('debian13', 'Debian 13 (64-bit)', 96, 'debian13_64Guest', 'Debian_64'),
  system('ubuntu', 'Ubuntu (64-bit)', 94, 'ubuntu64Guest', 'Ubuntu_64'),
  system('rhel7', 'Red Hat Enterprise Linux 7 (64-bit)', 80, 'rhel7_64Guest', 'RedHat_64'),
  system('rhel8', 'Red Hat Enterprise Linux 8 (64-bit)', 80, 'rhel8_64Guest', 'RedHat_64'),
  system('rhel9', 'Red Hat Enterprise Linux 9 (64-bit)', 80, 'rhel9_64Guest', 'RedHat_64'),
  system('centos7', 'CentOS 7 (64-bit)', 107, 'centos7_64Guest', 'RedHat_64'),
  system('centos9', 'CentOS Stream 9 (64-bit)', 107, 'centos9_64Guest', 'RedHat_64'),
  system('rocky', 'Rocky Linux (64-bit)', 101, 'rockylinux_64Guest', 'RedHat_64'),
  system('alma', 'AlmaLinux (64-bit)', 101, 'almalinux_64Guest', 'RedHat_64'),
  system('oracle8', 'Oracle Linux 8 (64-bit)', 109, 'oracleLinux8_64Guest', 'Oracle_64'),
  system('oracle9', 'Oracle Linux 9 (64-bit)', 109, 'oracleLinux9_64Guest', 'Oracle_64'),
  system('fedora', 'Fedora (64-bit)', 101, 'fedora64Guest', 'Fedora_64'),
  system('opensuse', 'openSUSE (64-bit)', 83, 'opensuse64Guest', 'OpenSUSE_64'),
  system('sles15', 'SUSE Linux Enterprise 15 (64-bit)', 85, 'sles15_64Guest', 'OpenSUSE_64'),
  system('freebsd', 'FreeBSD (64-bit)', 78, 'freebsd13_64Guest', 'FreeBSD_64'),
  system('openbsd', 'OpenBSD (64-bit)', 65, 'otherGuest64', 'OpenBSD_64'),
  system('netbsd', 'NetBSD (64-bit)', 43, 'otherGuest64', 'NetBSD_64'),
  system('windows7', 'Windows 7 (64-bit)', 105, 'windows7_64Guest', 'Windows7_64'),
  system('windows10', 'Windows 10 (64-bit)', 121, 'windows9_64Guest', 'Windows10_64'),
  system('windows11', 'Windows 11 (64-bit)', 121, 'windows11_64Guest', 'Windows10_64'),
  system('windows2012r2', 'Windows Server 2012 R2', 116, 'windows8Server64Guest', 'Windows2012_64'),
  system('windows2016', 'Windows Server 2016', 117, 'windows9Server64Guest', 'Windows2016_64'),
  system('windows2019', 'Windows Server 2019', 122, 'windows2019srv_64Guest', 'Windows2019_64'),
  system('windows2022', 'Windows Server 2022', 122, 'windows2019srvNext_64Guest', 'Windows2019_64'),
  system('other32', inEnglish('Other (32-bit)'), 1, 'otherGuest', 'Other'),
  system('other', inEnglish('Other (64-bit)'), 102, 'otherGuest64', 'Other_64'),
];

/** What people call each, by its id. */
export const guestSystemTitles: Readonly<Record<string, string>> = Object.fromEntries(
  guestSystems.map(({ id, title }) => [id, title]),
);

/** The system with that id, which is one of the choices. */
export function guestSystem(id: string): GuestSystem {
  return guestSystems.find((candidate) => candidate.id === id) ?? guestSystems[0]!;
}
