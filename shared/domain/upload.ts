/** Bringing images into a cloud and out of it again: the work of the jobs, and what they came to. Sizes in bytes. */
import type { OptionValues, SourceReference, TargetRequest } from './conversion.ts';
import type { CloudImage } from './cloud-image.ts';

/** In a set of three the image comes last: it names the other two. */
export type UploadRole = 'kernel' | 'ramdisk' | 'image';

/** One image to be. */
export interface UploadPart {
  readonly role: UploadRole;
  readonly name: string;
  /**
   * `file`: the bytes as they lie; `raw`: what a guest sees, read out of whatever format and package it is in; `converted`: the
   * bytes that a conversion would write.
   */
  readonly source:
    | { readonly kind: 'file' | 'raw'; readonly reference: SourceReference }
    | { readonly kind: 'converted'; readonly reference: SourceReference; readonly target: TargetRequest }
    | { readonly kind: 'address'; readonly address: string };
  readonly properties: Readonly<Record<string, string>>;
}

export interface UploadWork {
  readonly account: string;
  /** By the names that the account's cloud declares; what is absent has its default. */
  readonly options: OptionValues;
  readonly parts: readonly UploadPart[];
  /** False: done when the cloud has begun to import; nothing is compared then. */
  readonly wait?: boolean;
}

export interface UploadedImage {
  readonly id: string;
  readonly name: string;
  readonly role: UploadRole;
  /** The cloud's last word: active, importing, … */
  readonly status: string;
  readonly sizeBytes: number | null;
  /** What the cloud computed and what was sent agree. Null where nothing could be compared. */
  readonly verified: { readonly algorithm: string; readonly digest: string } | null;
  /** The cloud keeps it as another format than was sent. */
  readonly converted: { readonly from: string; readonly to: string } | null;
  /** How often something was sent again after the connection broke. */
  readonly retries: number;
  /** The image's bytes that went over the wire in this run: less than its size where there are holes, or some were there. */
  readonly sentBytes?: number;
}

export interface UploadResult {
  readonly account: string;
  readonly images: readonly UploadedImage[];
}

export interface DownloadWork {
  readonly account: string;
  readonly image: Pick<CloudImage, 'id' | 'name'>;
  readonly outputPath: string;
  readonly force?: boolean;
}

export interface DownloadResult {
  readonly path: string;
  readonly sizeBytes: number;
  /** What was written has the digest that the cloud computed. Null where it computed none. */
  readonly verified: { readonly algorithm: string; readonly digest: string } | null;
}
