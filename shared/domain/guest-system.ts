/** Which family an operating system is of, whoever names it: an OVF, a machine's file, /etc/os-release, a person. */

interface SystemFamily {
  /** As one asks for it: `os:debian`. */
  readonly id: string;
  readonly title: string;
  /** It is one of these as well. */
  readonly within?: 'linux';
  /** What its names look like, in small letters. */
  readonly names: RegExp;
}

/** The first whose names fit is meant: what is made of another one stands before it. */
export const systemFamilies = [
  // `darwin` ends like the beginning of Windows.
  { id: 'macos', title: 'macOS', names: /mac ?os|\bos ?x\b|darwin/ },
  {
    id: 'windows',
    title: 'Windows',
    names: /windows|longhorn|\bwin(?:xp|nt|net|server|vista|me|\d|[ /-]|$)/,
  },
  { id: 'ubuntu', title: 'Ubuntu', within: 'linux', names: /ubuntu/ },
  { id: 'linuxmint', title: 'Linux Mint', within: 'linux', names: /linux ?mint/ },
  { id: 'kali', title: 'Kali Linux', within: 'linux', names: /\bkali/ },
  { id: 'debian', title: 'Debian', within: 'linux', names: /debian/ },
  { id: 'fedora', title: 'Fedora', within: 'linux', names: /fedora/ },
  { id: 'centos', title: 'CentOS', within: 'linux', names: /centos/ },
  { id: 'rocky', title: 'Rocky Linux', within: 'linux', names: /\brocky/ },
  { id: 'almalinux', title: 'AlmaLinux', within: 'linux', names: /\balma ?linux/ },
  { id: 'oracle', title: 'Oracle Linux', within: 'linux', names: /oracle|^ol\b/ },
  { id: 'amazon', title: 'Amazon Linux', within: 'linux', names: /amazon|\bamzn/ },
  { id: 'rhel', title: 'Red Hat Enterprise Linux', within: 'linux', names: /red ?hat|\brhel/ },
  { id: 'opensuse', title: 'openSUSE', within: 'linux', names: /opensuse/ },
  { id: 'suse', title: 'SUSE Linux', within: 'linux', names: /suse|\bsle[ds]?\b|\bsle[ds]\d/ },
  { id: 'arch', title: 'Arch Linux', within: 'linux', names: /\barch(?: ?linux|$|[ _])/ },
  { id: 'alpine', title: 'Alpine Linux', within: 'linux', names: /\balpine/ },
  { id: 'gentoo', title: 'Gentoo', within: 'linux', names: /gentoo/ },
  { id: 'nixos', title: 'NixOS', within: 'linux', names: /nixos/ },
  { id: 'freebsd', title: 'FreeBSD', names: /freebsd/ },
  { id: 'openbsd', title: 'OpenBSD', names: /openbsd/ },
  { id: 'netbsd', title: 'NetBSD', names: /netbsd/ },
  { id: 'solaris', title: 'Solaris', names: /solaris|sunos|illumos|openindiana|omnios/ },
  { id: 'esxi', title: 'VMware ESXi', names: /\besxi?\b|\bvmkernel/ },
  { id: 'linux', title: 'Linux', names: /linux/ },
] as const satisfies readonly SystemFamily[];

export type SystemFamilyId = (typeof systemFamilies)[number]['id'];

/** The family of the system that is called so; null where none is known. */
export function systemFamilyOf(name: string): (typeof systemFamilies)[number] | null {
  const small = name.toLowerCase();
  return systemFamilies.find(({ names }) => names.test(small)) ?? null;
}

/** All that it can be asked for by: `debian` and `linux`. */
export function systemsOf(name: string): readonly SystemFamilyId[] {
  const family = systemFamilyOf(name);
  if (family === null) return [];
  return 'within' in family ? [family.id, family.within] : [family.id];
}

/**
 * The name as one reads it: `Debian 12` for `debian 12`, the family for what is written for programs (`Debian_64`,
 * `windows9srv-64`), and every other name as it is.
 */
export function systemTitle(name: string): string {
  const family = systemFamilyOf(name);
  if (family === null) return name;
  const [, version] = /^[a-z-]+ (\d[\w.]*)$/.exec(name) ?? [];
  if (version !== undefined) return `${family.title} ${version}`;
  return /\s/.test(name) ? name : family.title;
}
