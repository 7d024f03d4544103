/** What the clouds' rules look at in an image, and what they say of it. Sizes in bytes. */
import type { SourceReference } from './conversion.ts';
import type { Message } from '../in-english.ts';
import type { ImageKind } from './image.ts';

/** What a file is taken for by the inspector that Glance, Nova and Cinder run over every upload (oslo.utils). */
export interface StreamInspection {
  /** Every format whose marks the file bears; empty for one that it takes as raw. */
  readonly matches: readonly InspectedFormat[];
  /** The inspector itself breaks off over such a file: the services that ask it let it pass unchecked. */
  readonly breaksOff: boolean;
}

export interface InspectedFormat {
  /** As oslo.utils names it: qcow2, vhd, vhdx, vmdk, vdi, qed, iso, gpt (an MBR too), luks. */
  readonly format: string;
  /** False where the file ends before all that the inspector wants to see: then it refuses it. */
  readonly complete: boolean;
  /** The safety checks that fail. */
  readonly failures: readonly { readonly check: string; readonly reason: Message }[];
  /** Why nothing can be done with the virtual size that it states; null where nothing is wrong with it. */
  readonly sizeProblem: Message | null;
}

/** What is laid out on a disk, as far as booting it and growing it goes. */
export interface DiskLayout {
  /** mbr, gpt, apm; null for a disk without a partition table. */
  readonly scheme: string | null;
  /** The sectors that the table counts in. */
  readonly sectorBytes: number;
  readonly partitionCount: number;
  /** The file system on a disk without a partition table. */
  readonly wholeDisk: string | null;
  /** Of a GPT: whether its boot record lists partitions besides the protective one. */
  readonly hybridMbr: boolean;
  /** Of a GPT: where its second copy is. */
  readonly backupGpt: 'at-end' | 'elsewhere' | 'missing' | null;
  readonly boot: BootAbility;
  /** What runs on it, where its file systems tell. */
  readonly system: 'linux' | 'windows' | null;
  /** What a Linux on it says in os-release; null where it says nothing. */
  readonly distribution: Distribution | null;
  /** As `uname -m` has it, where a boot loader or a program on it tells; several where it boots on several. */
  readonly architectures: readonly string[];
  /** Volumes that only a passphrase opens. */
  readonly encryptedVolumes: number;
}

export interface Distribution {
  /** ID: "ubuntu". */
  readonly id: string;
  /** VERSION_ID: "24.04". */
  readonly version: string | null;
}

/** Which firmware finds something to start on the disk. */
export interface BootAbility {
  /** Boot code in the first sector, and something that it can go on with. */
  readonly bios: boolean;
  /** A loader at the place where firmware without any memory of the disk looks; null where the ESP cannot be read. */
  readonly uefi: boolean | null;
  readonly efiSystemPartition: boolean;
}

/** One disk: a file of its own, or one that lies in a package. */
export interface DiskFacts {
  /** The disk's name in its package; null for a file of its own. */
  readonly name: string | null;
  /** Its file in the package. */
  readonly member: string | null;
  readonly kind: ImageKind;
  /** The driver's or the signature's id. */
  readonly format: string;
  readonly variant: string | null;
  readonly virtualSizeBytes: number | null;
  /** Of the image without its wrappers. */
  readonly imageBytes: number;
  /** "gzip", "tar+gzip", …: the innermost first; null when there is none. */
  readonly wrapper: string | null;
  readonly encrypted: boolean;
  /** The image holds only differences from another one. */
  readonly parent: string | null;
  /** Why what it needs cannot be opened, as a failure's code; null when all could. */
  readonly brokenBy: string | null;
  /** The further files that it lies in: extents, data files. */
  readonly furtherFiles: readonly string[];
  readonly snapshotCount: number;
  /** Every disk format whose marks the file bears. */
  readonly claims: readonly string[];
  /** Null where the content cannot be looked at: encryption, a parent that is missing, a compressed wrapper. */
  readonly layout: DiskLayout | null;
  readonly inspection: StreamInspection;
}

/** Everything that the rules of all clouds look at. */
export interface PreflightFacts {
  readonly path: string;
  readonly kind: ImageKind;
  /** The file's own format: that of the package where it is one. */
  readonly format: string;
  readonly fileBytes: number;
  /** What a package says of the machine around its disks; null for an image. */
  readonly machine: MachineFacts | null;
  /** The kernel and the RAM disk that belong to a bare file system; null for anything else. */
  readonly set: BootSet | null;
  /** One for an image; those of a package in its order, the one that boots first. */
  readonly disks: readonly DiskFacts[];
}

/** Of a package's first system, in its own words. */
export interface MachineFacts {
  readonly name: string;
  /** The operating system. */
  readonly system: string | null;
  readonly vcpus: number | null;
  readonly memoryBytes: number | null;
  /** bios or efi. */
  readonly firmware: string | null;
  /** Where the first disk is attached: "SCSI 0:0 (lsilogic)". */
  readonly controller: string | null;
  /** The first network adapter's model. */
  readonly nicModel: string | null;
  /** The files of the package, for who takes it whole. */
  readonly files: readonly string[];
}

/** A machine image (AMI) starts with a kernel and a RAM disk that lie beside it. */
export interface BootSet {
  readonly kernel: SourceReference | null;
  readonly ramdisk: SourceReference | null;
}

/** A stop refuses the image; a warning is for a person to weigh; a hint is what no source could be read for, or good to know. */
export type Severity = 'stop' | 'warning' | 'hint';

/** Where a rule was read, and when: limits change. */
export interface RuleSource {
  readonly title: string;
  /** ISO 8601, the day. */
  readonly readOn: string;
}

/** What would mend it, in the imperative. Every fix is a part of preparing the image for that cloud. */
export type Fix = Message;

export interface Finding {
  /** The rule's id: `azure.fixed-vhd`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly message: Message;
  /** Null for a hint that no source stands behind. */
  readonly source: RuleSource | null;
  readonly fix?: Fix;
}

export type Verdict = 'ready' | 'fixable' | 'refused';

export interface CloudVerdict {
  readonly id: string;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** The answer of `preflight`. */
export interface Preflight {
  readonly path: string;
  readonly clouds: readonly CloudVerdict[];
}

/** A cloud, or a hypervisor, that rules are known for. */
export interface CloudDescription {
  readonly id: string;
  readonly title: string;
  readonly kind: 'cloud' | 'hypervisor';
  /** What it takes best, in words. */
  readonly takes: string;
}

/** A cloud as a window lists it. */
export interface ListedCloud extends CloudDescription {
  /** Platter itself can bring an image there. */
  readonly uploads: boolean;
}
