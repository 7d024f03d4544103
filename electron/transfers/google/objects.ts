/** Objects of Cloud Storage that uploads made: looked at and taken away, known by their tag. */
import { inEnglish } from '#shared/in-english.ts';
import type { GoogleClient } from './client.ts';

/** The name of the tag among an object's metadata. */
export const tagName = 'platter-upload';

/** What Cloud Storage says of an object. */
export interface StoredObject {
  readonly name: string;
  readonly size: string;
  readonly md5Hash?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The complete object of an upload; null for none, or another's. @throws Failure `cloud.*`. */
export async function findObject(
  client: GoogleClient,
  key: string,
  tag: string,
  signal?: AbortSignal,
): Promise<StoredObject | null> {
  const request = signal === undefined ? {} : { signal };
  const action = inEnglish('look at the object');
  const stored = await client.find<StoredObject>(action, addressOf(client, key), request);
  return stored?.metadata?.[tagName] === tag ? stored : null;
}

/** Done when there is none, or it is another's. @throws Failure `cloud.*`. */
export async function deleteObject(
  client: GoogleClient,
  key: string,
  tag: string,
  signal?: AbortSignal,
): Promise<void> {
  if ((await findObject(client, key, tag, signal)) === null) return;
  const request = signal === undefined ? {} : { signal };
  await client.find(inEnglish('delete the object'), addressOf(client, key), { method: 'DELETE', ...request });
}

function addressOf({ settings: { storageAddress, bucket } }: GoogleClient, key: string): string {
  return `${storageAddress}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(key)}`;
}
