/** Images that are in a cloud, and what Platter has on record of those that it made there. Sizes in bytes. */
import type { Message } from '../in-english.ts';
import type { Fact } from './image.ts';

/** What can be done with it there: machines start from an image; images and volumes are made of a snapshot, or of an object. */
export type CloudImageKind = 'image' | 'snapshot' | 'object';

export interface CloudImage {
  readonly kind: CloudImageKind;
  /** Names it in its cloud. */
  readonly id: string;
  readonly name: string | null;
  /** The cloud's own word: queued, saving, active, … */
  readonly status: string;
  /** Whether all of it is there. */
  readonly isComplete: boolean;
  /** In the cloud's words: qcow2, raw, vhd, … */
  readonly diskFormat: string | null;
  readonly sizeBytes: number | null;
  readonly isProtected: boolean;
  readonly tags: readonly string[];
  /** The digest that the cloud computed or keeps. */
  readonly hash: { readonly algorithm: string; readonly value: string } | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** What else the cloud knows of it by itself, for people: visibility, owner, tier, … */
  readonly facts: readonly Fact[];
  /** What people noted beside it, by name. */
  readonly properties: Readonly<Record<string, string>>;
  /** What Platter's record says of it; null for what others made. */
  readonly record: CloudObjectState | null;
}

/** What can be changed of an image in a cloud. A property of null is taken away. */
export interface CloudImageChange {
  readonly name?: string;
  readonly isProtected?: boolean;
  readonly properties?: Readonly<Record<string, string | null>>;
}

/** `making` until the work that made it is done: what is left of it after a crash is `left`. */
export type CloudObjectState = 'making' | 'left' | 'made';

/** Something that Platter made in a cloud. */
export interface CloudObject {
  readonly account: string;
  /** What it is there, in its cloud's words: image, blob, object, … */
  readonly kind: string;
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

/** What lets whoever knows it write to something half-made: kept where secrets are, so that a run can go on, and nowhere else. */
export interface CloudPermission {
  readonly object: CloudObject;
  readonly secret: string;
}

/** What became of the attempt to remove what was left. */
export interface CleanUp {
  readonly removed: readonly CloudObject[];
  readonly kept: readonly { readonly object: CloudObject; readonly problem: Message }[];
}
