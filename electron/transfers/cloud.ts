/** What a cloud offers to the rest of Platter. A missing ability is a missing member. Everything heavy is loaded when used. */
import type {
  AccountCheck,
  AccountOrigin,
  AccountSettings,
  CloudAccess,
} from '#shared/domain/cloud-account.ts';
import type {
  AccountField,
  AccountSecret,
  ImageEdit,
  UploadDescription,
} from '#shared/domain/cloud-description.ts';
import type { CloudImage, CloudImageChange, CloudObject } from '#shared/domain/cloud-image.ts';
import type { MetadataField } from '#shared/domain/preparation.ts';
import type { DownloadResult, DownloadWork, UploadResult, UploadWork } from '#shared/domain/upload.ts';
import type { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import type { TransferControl } from './control.ts';
import type { Surroundings } from './surroundings.ts';

/** What is written down of an account, with its secret. */
export interface WrittenAccount {
  readonly settings: AccountSettings;
  /** Null where it is to be asked for. */
  readonly secret: string | null;
}

/** An account that was found, or why it is none. */
export type FoundAccount =
  | { readonly name: string; readonly account: WrittenAccount }
  | { readonly name: string; readonly failure: Failure };

/** One of a file. `entry` names it in there; null where a file holds a single one. */
export type FileAccount = FoundAccount & { readonly entry: string | null };

/** One that is there without being added. */
export interface UsualAccount {
  readonly origin: Extract<AccountOrigin, 'usual-place' | 'environment'>;
  readonly file: string | null;
  readonly found: FoundAccount;
}

/** Where a cloud's own tools look for accounts. */
export interface AccountSources {
  /** Those of the environment and of files at the usual places. */
  usual(where: Surroundings): readonly UsualAccount[];
  /** Files that a person may add. */
  readonly files?: {
    /** "clouds.yaml or RC file" */
    readonly title: string;
    /** By its name alone; of several clouds the first in the registry has it. */
    takes(path: string): boolean;
    /** @throws Failure `io.*`, `input.invalid`. */
    read(path: string, where: Surroundings): readonly FileAccount[];
  };
}

export interface TransferCloud {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly AccountField[];
  readonly secrets: readonly AccountSecret[];
  readonly sources?: AccountSources;
  /** Where an account leads, in a few words. */
  placeOf(settings: AccountSettings): Message;
  /** Logs in and asks what there is. @throws Failure `cloud.*`, `input.invalid`, `io.*`. */
  check(access: CloudAccess, signal?: AbortSignal): Promise<AccountCheck>;
  readonly uploads: UploadDescription;
  /** Options are resolved. @throws Failure `cloud.*`, `input.invalid`, `io.*`, `image.*`, `operation.*`. */
  upload(work: UploadWork, access: CloudAccess, control: TransferControl): Promise<UploadResult>;
  /**
   * Takes away what was half-made; done when it is not there. `permission`: what was kept to go on with it, if anything.
   * @throws Failure `cloud.*`.
   */
  discard(
    access: CloudAccess,
    object: CloudObject,
    signal?: AbortSignal,
    permission?: string | null,
  ): Promise<void>;
  /** @throws Failure as upload(). */
  download?(work: DownloadWork, access: CloudAccess, control: TransferControl): Promise<DownloadResult>;
  /** The newest first. @throws Failure `cloud.*`. */
  list?(access: CloudAccess, signal?: AbortSignal): Promise<readonly CloudImage[]>;
  readonly change?: {
    readonly edits: readonly ImageEdit[];
    run(access: CloudAccess, id: string, change: CloudImageChange, signal?: AbortSignal): Promise<CloudImage>;
  };
  /** What the cloud says that properties of an image can be. @throws Failure `cloud.*`. */
  definitions?(access: CloudAccess, signal?: AbortSignal): Promise<readonly MetadataField[]>;
  /** Deletes one of the list; done when it is not there. @throws Failure `cloud.*`. */
  delete?(access: CloudAccess, id: string, signal?: AbortSignal): Promise<void>;
}
