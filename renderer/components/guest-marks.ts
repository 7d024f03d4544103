/** The marks that systems are known by. They name the system and nothing else, and are drawn as their owners made them, in one colour. */
import {
  siAlmalinux,
  siAlpinelinux,
  siApple,
  siArchlinux,
  siCentos,
  siDebian,
  siFedora,
  siFreebsd,
  siGentoo,
  siKalilinux,
  siLinux,
  siLinuxmint,
  siNetbsd,
  siNixos,
  siOpenbsd,
  siOpensuse,
  siRedhat,
  siRockylinux,
  siSuse,
  siUbuntu,
  siVmware,
} from 'simple-icons';
import type { SystemFamilyId } from '#shared/domain/guest-system.ts';

export interface GuestMarkDrawing {
  /** In a square of 24. */
  readonly path: string;
  /** The owner's colour, as CSS writes it. */
  readonly color: string;
}

interface Icon {
  readonly path: string;
  readonly hex: string;
}

/** Four panes: what any window is drawn as. */
const windowPanes: Icon = { path: 'M2 3h9v9H2zM13 3h9v9h-9zM2 14h9v9H2zM13 14h9v9h-9z', hex: '2B7CD3' };

const icons: { readonly [Id in SystemFamilyId]?: Icon } = {
  almalinux: siAlmalinux,
  alpine: siAlpinelinux,
  arch: siArchlinux,
  centos: siCentos,
  debian: siDebian,
  esxi: siVmware,
  fedora: siFedora,
  freebsd: siFreebsd,
  gentoo: siGentoo,
  kali: siKalilinux,
  linux: siLinux,
  linuxmint: siLinuxmint,
  macos: siApple,
  netbsd: siNetbsd,
  nixos: siNixos,
  openbsd: siOpenbsd,
  opensuse: siOpensuse,
  rhel: siRedhat,
  rocky: siRockylinux,
  suse: siSuse,
  ubuntu: siUbuntu,
  windows: windowPanes,
};

/** Null where a family has no mark that may be drawn: it is told by letters. */
export function guestMark(family: SystemFamilyId): GuestMarkDrawing | null {
  const icon = icons[family];
  return icon === undefined ? null : { path: icon.path, color: `#${icon.hex}` };
}
