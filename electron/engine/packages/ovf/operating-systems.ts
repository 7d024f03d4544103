/** Names for the numbers in OperatingSystemSection/@id: CIM_OperatingSystem.OSType of the CIM schema, and its later additions. */
import { attribute, child, textOf } from './descriptor-element.ts';
import type { XmlElement } from './xml.ts';
import type { Localise } from './strings.ts';

/** In the order of their numbers, from 0. */
const osTypes: readonly string[] = [
  ...[
    'Unknown',
    'Other',
    'macOS',
    'AT&T UNIX',
    'DG/UX',
    'DECNT',
    'Tru64 UNIX',
    'OpenVMS',
    'HP-UX',
    'AIX',
    'MVS',
  ],
  ...[
    'OS/400',
    'OS/2',
    'JavaVM',
    'MS-DOS',
    'Windows 3.x',
    'Windows 95',
    'Windows 98',
    'Windows NT',
    'Windows CE',
  ],
  ...[
    'NCR3000',
    'NetWare',
    'OSF',
    'DC/OS',
    'Reliant UNIX',
    'SCO UnixWare',
    'SCO OpenServer',
    'Sequent',
    'IRIX',
  ],
  ...[
    'Solaris',
    'SunOS',
    'U6000',
    'ASERIES',
    'HP NonStop OS',
    'HP NonStop OSS',
    'BS2000/OSD',
    'Linux',
    'Lynx',
  ],
  ...[
    'XENIX',
    'VM',
    'Interactive UNIX',
    'BSDUNIX',
    'FreeBSD',
    'NetBSD',
    'GNU Hurd',
    'OS9',
    'Mach kernel',
    'Inferno',
  ],
  ...['QNX', 'EPOC', 'IxWorks', 'VxWorks', 'MiNT', 'BeOS', 'HP MPE', 'NextStep', 'PalmPilot', 'Rhapsody'],
  ...['Windows 2000', 'Dedicated', 'OS/390', 'VSE', 'TPF', 'Windows Me', 'Caldera Open UNIX', 'OpenBSD'],
  ...['Not applicable', 'Windows XP', 'z/OS', 'Windows Server 2003', 'Windows Server 2003 (64-bit)'],
  ...['Windows XP (64-bit)', 'Windows XP Embedded', 'Windows Vista', 'Windows Vista (64-bit)'],
  ...['Windows Embedded for Point of Service', 'Windows Server 2008', 'Windows Server 2008 (64-bit)'],
  ...[
    'FreeBSD (64-bit)',
    'Red Hat Enterprise Linux',
    'Red Hat Enterprise Linux (64-bit)',
    'Solaris (64-bit)',
  ],
  ...['SUSE', 'SUSE (64-bit)', 'SLES', 'SLES (64-bit)', 'Novell OES', 'Novell Linux Desktop'],
  ...['Sun Java Desktop System', 'Mandriva', 'Mandriva (64-bit)', 'TurboLinux', 'TurboLinux (64-bit)'],
  ...['Ubuntu', 'Ubuntu (64-bit)', 'Debian', 'Debian (64-bit)', 'Linux 2.4.x', 'Linux 2.4.x (64-bit)'],
  ...['Linux 2.6.x', 'Linux 2.6.x (64-bit)', 'Linux (64-bit)', 'Other (64-bit)', 'Windows Server 2008 R2'],
  ...['VMware ESXi', 'Windows 7', 'CentOS', 'CentOS (64-bit)', 'Oracle Linux', 'Oracle Linux (64-bit)'],
  ...['eComStation', 'Windows Server 2011', '', 'Windows Server 2012', 'Windows 8', 'Windows 8 (64-bit)'],
  ...['Windows Server 2012 R2', 'Windows Server 2016', 'Windows 8.1', 'Windows 8.1 (64-bit)', 'Windows 10'],
  ...['Windows 10 (64-bit)', 'Windows Server 2019'],
];

/** The name of a CIM operating system; null for a number without one, and for "unknown". */
export function osTypeName(id: number): string | null {
  return id === 0 ? null : osTypes[id] || null;
}

/**
 * The guest's operating system: the section's description, else VirtualBox' or VMware's own name for it, else the
 * name that its number has.
 */
export function readOperatingSystem(system: XmlElement, localise: Localise): string | null {
  const section = child(system, 'OperatingSystemSection');
  if (section === null) return null;
  const id = attribute(section, 'id') ?? '';
  return (
    localise(child(section, 'Description')) ??
    textOf(child(section, 'OSType')) ??
    attribute(section, 'osType') ??
    (/^\d{1,5}$/.test(id) ? osTypeName(Number(id)) : null)
  );
}
