/** Images that are in a cloud, and what Platter has on record of those that it made there. Sizes in bytes. */

export type ImageVisibility = 'private' | 'shared' | 'community' | 'public';

export interface CloudImage {
  readonly id: string;
  readonly name: string | null;
  /** The cloud's own word: queued, saving, active, … */
  readonly status: string;
  readonly diskFormat: string | null;
  readonly containerFormat: string | null;
  readonly sizeBytes: number | null;
  readonly visibility: ImageVisibility;
  readonly isProtected: boolean;
  readonly owner: string | null;
  readonly minDiskGigabytes: number;
  readonly minMemoryMegabytes: number;
  readonly tags: readonly string[];
  /** The digest that the cloud computed. */
  readonly hash: { readonly algorithm: string; readonly value: string } | null;
  readonly stores: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** All further properties, by name. */
  readonly properties: Readonly<Record<string, string>>;
  /** What Platter's record says of it; null for what others made. */
  readonly record: CloudObjectState | null;
}

/** What can be changed of an image in a cloud. A property of null is taken away. */
export interface CloudImageChange {
  readonly name?: string;
  readonly visibility?: ImageVisibility;
  readonly isProtected?: boolean;
  readonly properties?: Readonly<Record<string, string | null>>;
}

/** `making` until the work that made it is done: what is left of it after a crash is `left`. */
export type CloudObjectState = 'making' | 'left' | 'made';

/** Something that Platter made in a cloud. */
export interface CloudObject {
  readonly account: string;
  readonly kind: 'image';
  readonly id: string;
  readonly name: string;
}

export interface RecordedCloudObject extends CloudObject {
  readonly state: CloudObjectState;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What work tells of what it makes in a cloud: before it is there, when it is complete, when it is gone again. */
export interface CloudObjectChange {
  readonly event: 'making' | 'made' | 'gone';
  readonly object: CloudObject;
}

/** What became of the attempt to remove what was left. */
export interface CleanUp {
  readonly removed: readonly CloudObject[];
  readonly kept: readonly { readonly object: CloudObject; readonly problem: string }[];
}
