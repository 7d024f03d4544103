/** What a package (OVF, OVA, …) holds, as its descriptor says it and as its manifest proves it. */
import type { Warning } from './image.ts';

export type ManifestState = 'valid' | 'mismatch' | 'absent';

export interface PackageDisk {
  /** The name a person and `--disk` use: unique in its package. */
  readonly name: string;
  /** The file in the package, null for a disk that the package only describes (empty). */
  readonly file: string | null;
  /** The driver's id, null when the file is missing or not known. */
  readonly format: string | null;
  /** What the disk itself says, else the capacity in the descriptor. */
  readonly virtualSizeBytes: number | null;
  readonly sizeInPackageBytes: number | null;
  /** How the file is compressed in the package (gzip, xz, …); null when it is not. */
  readonly compression: string | null;
  /** The identifier of the disk that this one only holds differences from; null for a whole disk. */
  readonly parent: string | null;
  /** e.g. "SCSI 0:1 (lsilogic)", null when no hardware item uses the disk. */
  readonly controller: string | null;
}

export interface NetworkAdapter {
  readonly name: string;
  /** e.g. VmxNet3, E1000. */
  readonly model: string | null;
  readonly network: string | null;
  readonly macAddress: string | null;
}

export interface PackageSystem {
  readonly name: string;
  readonly os: string | null;
  readonly vcpus: number | null;
  readonly memoryBytes: number | null;
  /** bios or efi, where the package says. */
  readonly firmware: string | null;
  readonly product: string | null;
  readonly vendor: string | null;
  readonly version: string | null;
  readonly productUrl: string | null;
  readonly annotation: string | null;
  readonly nics: readonly NetworkAdapter[];
  readonly disks: readonly PackageDisk[];
}

export interface License {
  readonly title: string | null;
  readonly text: string;
}

export interface PackageNetwork {
  readonly name: string;
  readonly description: string | null;
}

/** A file of the package, whether referenced or not. */
export interface PackageFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly role: 'descriptor' | 'manifest' | 'certificate' | 'disk' | 'kernel' | 'ramdisk' | 'other';
}

export interface CertificateInfo {
  readonly file: string;
  readonly subject: string | null;
  readonly issuer: string | null;
  readonly validTo: string | null;
}

/** The part of a package that `info --json` prints. `manifest` is null when it was not checked. */
export interface PackageSummary {
  readonly manifest: ManifestState | null;
  readonly systems: readonly PackageSystem[];
  /** What some programs will ignore or refuse, and why. */
  readonly notes?: readonly Warning[];
}

/** Everything the package page shows. */
export interface PackageInfo {
  readonly path: string;
  /** The package driver's id: ova, ovf, box, uec, ami. */
  readonly format: string;
  /** The OVF specification's version as the descriptor's namespace says: 0.9, 1.x, 2.x. */
  readonly ovfVersion: string | null;
  readonly fileSizeBytes: number;
  readonly files: readonly PackageFile[];
  readonly systems: readonly PackageSystem[];
  readonly networks: readonly PackageNetwork[];
  readonly licenses: readonly License[];
  /** present: there is a manifest to check; absent: there is none. */
  readonly manifest: 'present' | 'absent';
  readonly certificate: CertificateInfo | null;
  readonly warnings: readonly Warning[];
  /** What VMware, VirtualBox and OpenStack will ignore or refuse of it; nothing is wrong with the package for that. */
  readonly notes?: readonly Warning[];
  /** Small text files to show, never to run: the Vagrantfile of a box. */
  readonly texts?: readonly PackageText[];
}

export interface PackageText {
  /** The file in the package. */
  readonly file: string;
  readonly text: string;
}

/** How one file of the package stands against the manifest. */
export interface ManifestEntryResult {
  readonly file: string;
  readonly state: 'valid' | 'mismatch' | 'missing' | 'unlisted';
  readonly algorithm: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
}

export interface ManifestResult {
  readonly state: ManifestState;
  readonly entries: readonly ManifestEntryResult[];
}
