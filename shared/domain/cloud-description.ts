/** What a cloud that Platter brings images into declares about itself: forms and the command line's words follow from it. */
import type { AccountSettings } from './cloud-account.ts';
import type { OptionValues, TargetRequest } from './conversion.ts';
import type { Message } from '../in-english.ts';
import type { OptionDeclaration } from './format.ts';

/** Holds where another field has one of these values. */
export interface Condition {
  readonly field: string;
  readonly is: readonly string[];
}

/** One thing to say about an account. Where it is not said, its default holds. */
export type AccountField = OptionDeclaration & {
  readonly required?: boolean;
  /** Only then it is asked for and kept. */
  readonly when?: Condition;
  /** Among those that few need. */
  readonly further?: boolean;
  /** Shown while it is switched on. */
  readonly warning?: { readonly title: Message; readonly text: Message };
};

/** How one proves who one is. An account has the first one whose condition holds; with none, nothing is to be entered. */
export interface AccountSecret {
  /** As in a sentence: password, account key, … */
  readonly noun: string;
  /** The environment's variable that has it; null for none. */
  readonly environment: string | null;
  readonly when?: Condition;
}

/** One choice of an upload. */
export type UploadOption = OptionDeclaration & {
  readonly required?: boolean;
  readonly further?: boolean;
  /** What can be chosen only the cloud knows: its answer to a check has it, by this option's name. */
  readonly asksCloud?: boolean;
};

/** A format that an image is converted to while it is sent. */
export interface UploadConversion {
  /** As the command line calls it: qcow2, vmdk, … */
  readonly id: string;
  readonly title: string;
  readonly target: TargetRequest;
}

/** What an upload takes, and what is asked for it. */
export interface UploadDescription {
  /** What the name is there: "Name in the cloud", "Blob", "Key". */
  readonly nameTitle: string;
  /** What a proposed name ends in; null: as a file of what is sent is called. */
  readonly nameSuffix: string | null;
  /** The bytes of the file as they lie; what a guest sees of the disk in it. The first is proposed. */
  readonly kinds: readonly ('file' | 'raw')[];
  /** What is made of a disk that is read out: "As a raw disk, read out while it is sent". */
  readonly rawTitle: string;
  /** Empty where the cloud takes no other format. */
  readonly conversions: readonly UploadConversion[];
  /** Whether a file that is compressed as a whole means something there. */
  readonly takesCompressed: boolean;
  /** Whether the cloud fetches a web address by itself. */
  readonly fetches: boolean;
  /** Whether kernel, RAM disk and image go there together. */
  readonly takesSets: boolean;
  /** What can be noted beside the image, as name=value; null for nothing. */
  readonly properties: { readonly help: string } | null;
  readonly options: readonly UploadOption[];
}

/** What an image is packed as on its way unless somebody chooses otherwise: where the cloud takes it so, and it is not. */
export function proposedPacking(
  { conversions }: UploadDescription,
  wrapper: string | null,
): UploadConversion | null {
  return conversions.find(({ target }) => target.wrapper !== undefined && target.wrapper !== wrapper) ?? null;
}

/** What an upload is called there unless somebody says otherwise. `stem`: the file's name, without what it ends in. */
export function proposedName(
  { nameSuffix }: UploadDescription,
  stem: string,
  fileName: string,
  kind: 'file' | 'raw' | 'address' | UploadConversion,
): string {
  if (nameSuffix !== null) return `${stem}${nameSuffix}`;
  if (typeof kind === 'object') return `${stem}.${extensionOf(kind.target)}`;
  return `${stem}${kind === 'raw' ? '.raw' : (/\.[^.]+$/.exec(fileName)?.[0] ?? '')}`;
}

const extensionOf = ({ format, wrapper }: TargetRequest): string =>
  wrapper === 'tar+gzip' ? 'tar.gz' : format;

/** What can be changed of an image that is there. */
export type ImageEdit = 'name' | 'properties' | 'isProtected';

export interface CloudDescription {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly AccountField[];
  readonly secrets: readonly AccountSecret[];
  /** What the files are called that accounts are written in; null where there are none to add. */
  readonly accountFiles: string | null;
  readonly upload: UploadDescription;
  /** Empty where nothing can be changed. */
  readonly edits: readonly ImageEdit[];
  readonly lists: boolean;
  readonly downloads: boolean;
  readonly deletes: boolean;
  /** The cloud says which properties it knows, and a form is drawn from that. */
  readonly definesProperties: boolean;
}

/** The value that holds of a field. */
function valueOf(fields: readonly AccountField[], settings: AccountSettings | OptionValues, name: string) {
  return settings[name] ?? fields.find((field) => field.name === name)?.default;
}

function holds(
  condition: Condition | undefined,
  fields: readonly AccountField[],
  settings: AccountSettings | OptionValues,
): boolean {
  return (
    condition === undefined || condition.is.includes(String(valueOf(fields, settings, condition.field) ?? ''))
  );
}

/** The fields that mean something with these settings. */
export function fieldsFor(
  fields: readonly AccountField[],
  settings: AccountSettings | OptionValues,
): readonly AccountField[] {
  return fields.filter(({ when }) => holds(when, fields, settings));
}

/** The secret that such an account has; null where it has none. */
export function secretFor(
  { fields, secrets }: Pick<CloudDescription, 'fields' | 'secrets'>,
  settings: AccountSettings | OptionValues,
): AccountSecret | null {
  return secrets.find(({ when }) => holds(when, fields, settings)) ?? null;
}

/** Whether something required is not said yet. */
export function lacks(
  fields: readonly (OptionDeclaration & { readonly required?: boolean })[],
  settings: AccountSettings | OptionValues,
): readonly string[] {
  return fields
    .filter(
      ({ required, name, default: usual }) =>
        required === true && String(settings[name] ?? usual).trim() === '',
    )
    .map(({ title }) => title);
}
