/** Making an image ready for a cloud: what is asked, the plan that follows, the work of the job, and what it made. */
import type { ConversionPlan, OptionValues, SourceReference, TargetRequest } from './conversion.ts';
import type { Message } from '../in-english.ts';
import type { CloudVerdict, RuleSource } from './preflight.ts';

/** What a prepared file is to the cloud. A set of three is handed over in this order, for the last names the others. */
export type PreparedRole = 'kernel' | 'ramdisk' | 'disk' | 'medium' | 'package';

/** What a person asks for; the plan follows from it and from the image's facts. */
export interface PreparationRequest {
  readonly source: SourceReference;
  /** The cloud's id. */
  readonly cloud: string;
  /** The rules whose fixes are applied; all of them when absent. */
  readonly fixes?: readonly string[];
  /** The id of one of the cloud's targets; the one it takes best when absent. */
  readonly target?: string;
  readonly options?: OptionValues;
  /** Names in the package; all of its disks when absent. */
  readonly disks?: readonly string[];
  /** Values of the cloud's metadata, in place of those that are proposed; '' leaves one out. */
  readonly metadata?: Metadata;
  /** The account whose cloud's own definitions are joined with those that are known. */
  readonly account?: string;
  readonly outputFolder: string;
  /** What the names of the files begin with; from the source and the cloud when absent. */
  readonly name?: string;
  readonly force?: boolean;
  readonly verify?: boolean;
  /** Digests of the files that are written beside them; SHA-256 when absent. */
  readonly checksums?: readonly ChecksumAlgorithm[];
  /** Files that are larger are split into parts of so many bytes. */
  readonly splitBytes?: number;
}

/** As the programs are called that check them: sha256sum, sha512sum, md5sum. */
export const checksumAlgorithms = ['sha256', 'sha512', 'md5'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** What a part has at least, and how many parts a file has at most: their names count with three digits. */
export const leastPartBytes = 1 << 20;
export const mostParts = 999;

/** Values by the cloud's own names. */
export type Metadata = Readonly<Record<string, string>>;

/** One value that a cloud keeps beside an image, or that its commands ask for. */
export type MetadataField = {
  readonly name: string;
  readonly title: string;
  readonly help: Message;
} & (
  | { readonly type: 'choice'; readonly choices: readonly string[] }
  /** `pattern`: a regular expression for the whole of it. */
  | { readonly type: 'text'; readonly pattern?: string }
  | { readonly type: 'integer'; readonly minimum: number; readonly maximum: number }
);

/** A value that follows from the image, and why. */
export interface MetadataProposal {
  readonly name: string;
  readonly value: string;
  readonly reason: Message;
}

/** What of the metadata does not go together, or is not known. The cloud keeps it all the same: nobody is stopped. */
export interface MetadataConcern {
  /** The value that it is said of. */
  readonly name: string;
  readonly message: Message;
  readonly source: RuleSource | null;
}

/** Everything that a form for metadata shows. */
export interface MetadataDescription {
  readonly fields: readonly MetadataField[];
  readonly proposals: readonly MetadataProposal[];
  /** What names beyond the fields look like: a regular expression for the whole. Null: there are none. */
  readonly ownNames: string | null;
  /** A choice may have another value than those that are known. */
  readonly ownValues: boolean;
  readonly concerns: readonly MetadataConcern[];
  /** The proposals with what was said in their place. */
  readonly metadata: Metadata;
  /** Whose definitions the fields are joined with; null where nobody was asked. */
  readonly live: LiveDefinitions | null;
}

/** The account whose cloud was asked for its own definitions, and why it did not say. */
export interface LiveDefinitions {
  readonly account: string;
  readonly problem: Message | null;
}

/** What is asked about metadata alone, without preparing anything. */
export interface MetadataRequest {
  /** The cloud's id. */
  readonly cloud: string;
  /** What values are proposed from; nothing is proposed without. */
  readonly source?: SourceReference;
  /** The account whose cloud's own definitions are asked for. */
  readonly account?: string;
  readonly metadata: Metadata;
}

/** Metadata that was given a name, to be used again. */
export interface MetadataPreset {
  readonly cloud: string;
  readonly name: string;
  readonly values: Metadata;
}

/** What a cloud's file can be written as. */
export interface TargetDescription {
  readonly id: string;
  readonly title: string;
}

/** One file to write, with every choice made. */
export interface OutputRequest {
  readonly role: PreparedRole;
  readonly fileName: string;
  readonly source: SourceReference;
  readonly target: TargetRequest;
  /** What it is when it is done. @see PreparedFile */
  readonly format: string;
  readonly variant: string | null;
  readonly wrapper: string | null;
}

/** What the job does. Plain data: the same work gives the same files. */
export interface PreparationWork {
  /** The cloud's id, and what it is called. */
  readonly cloud: string;
  readonly cloudTitle: string;
  /** What was prepared: the file that the person named. */
  readonly sourcePath: string;
  /** Who prepares, as provenance names it: "Platter 1.0.0". */
  readonly tool: string;
  /** What the names of the files beside the outputs begin with. */
  readonly name: string;
  readonly outputFolder: string;
  readonly outputs: readonly OutputRequest[];
  /** The steps of the plan, for the record. */
  readonly steps: readonly Message[];
  readonly metadata: Metadata;
  /** Texts that are written beside the outputs: commands, a Terraform snippet, metadata. */
  readonly texts: readonly PreparedText[];
  readonly force?: boolean;
  readonly verify?: boolean;
  readonly sync?: boolean;
  readonly checksums?: readonly ChecksumAlgorithm[];
  readonly splitBytes?: number;
}

export interface PreparedText {
  readonly fileName: string;
  readonly text: string;
}

/** What the engine says of the work before it is done. Sizes in bytes. */
export interface PreparationForecast {
  readonly outputs: readonly ConversionPlan[];
  /** At most, and what to expect. */
  readonly outputBytes: number;
  readonly outputIsExact: boolean;
  readonly expectedBytes: number;
  readonly freeBytes: number;
  /** What there must be room for while it works: a file that is split is there twice for a while. */
  readonly roomBytes: number;
  readonly fits: boolean;
  /** What is read, written and read back. */
  readonly workBytes: number;
  /** How long that takes, as far as a sample of the disk tells. */
  readonly secondsExpected: number;
}

/** What to run elsewhere, with the files that are made. */
export interface HandOver {
  readonly commands: readonly { readonly title: Message; readonly command: string }[];
  /** Null where no provider for the cloud takes such a file. */
  readonly terraform: string | null;
}

/** What will happen: it follows from the image's facts, the cloud and the request alone. */
export interface PreparationPlan extends MetadataDescription {
  readonly cloud: string;
  readonly work: PreparationWork;
  /** The rules whose fixes are among the steps. */
  readonly fixes: readonly string[];
  readonly target: string;
  readonly targets: readonly TargetDescription[];
  /** What the cloud says of the image now, and what it will say of what is made. */
  readonly before: CloudVerdict;
  readonly after: CloudVerdict;
  readonly handOver: HandOver;
}

/** The answer to a window: the plan, and what it takes. */
export interface PlannedPreparation extends PreparationPlan {
  readonly forecast: PreparationForecast;
}

/** A file that a cloud takes. */
export interface PreparedFile {
  readonly role: PreparedRole;
  readonly path: string;
  /** The driver's id; of a package or a copied file, that of the source. */
  readonly format: string;
  readonly variant: string | null;
  /** What the file as a whole is compressed with; null for nothing. */
  readonly wrapper: string | null;
  readonly virtualSizeBytes: number;
  readonly fileSizeBytes: number;
  readonly allocatedBytes: number;
  /** SHA-256 of the file's own bytes. */
  readonly sha256: string;
  /** SHA-256 of what a guest sees: the same in every format. Null for what is no disk. */
  readonly contentSha256: string | null;
  readonly verified: boolean;
  /** The files that it was split into, in their order; the file itself is not there then. Absent for one in one piece. */
  readonly parts?: readonly PreparedPart[];
}

export interface PreparedPart {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface PreparationResult {
  readonly cloud: string;
  readonly outputFolder: string;
  /** In the order in which they are handed over. */
  readonly files: readonly PreparedFile[];
  readonly metadata: Metadata;
  /** Checksums, provenance, commands: the paths of what lies beside. */
  readonly documents: readonly string[];
}
