/** The record of a snapshot's blocks that are there: what the service does not tell of a snapshot that is not complete. */
import type { Journal } from '#engine/control.ts';

const digestBytes = 32;
const entryBytes = 4 + digestBytes;
/** So many blocks are put on record together; a crash sends them again. */
const batch = 64;

export interface RecordedSnapshot {
  readonly snapshotId: string;
  /** The tag of all that the upload makes. */
  readonly tag: string;
  readonly sizeBytes: number;
}

/** First which snapshot it is, as JSON; then blocks: index (u32, big-endian) and SHA-256 of each. */
export class BlockRecord {
  readonly #journal: Journal | null;
  #pending: Uint8Array[] = [];

  constructor(journal: Journal | null) {
    this.#journal = journal;
  }

  /** What earlier runs of the job put on record; null for nothing that holds for a disk of that size. */
  read(sizeBytes: number): (RecordedSnapshot & { readonly blocks: ReadonlyMap<number, string> }) | null {
    const [first, ...others] = this.#journal?.records ?? [];
    if (first === undefined) return null;
    let snapshot: RecordedSnapshot;
    try {
      snapshot = JSON.parse(Buffer.from(first).toString()) as RecordedSnapshot;
    } catch {
      return null;
    }
    if (snapshot.sizeBytes !== sizeBytes) return null;
    const blocks = new Map<number, string>();
    for (const record of others) {
      const bytes = Buffer.from(record);
      for (let at = 0; at + entryBytes <= bytes.length; at += entryBytes) {
        blocks.set(bytes.readUInt32BE(at), bytes.subarray(at + 4, at + entryBytes).toString('base64'));
      }
    }
    return { ...snapshot, blocks };
  }

  /** Nothing of before holds any more. */
  begin(snapshot: RecordedSnapshot): void {
    this.#pending = [];
    this.#journal?.clear();
    this.#journal?.append(Buffer.from(JSON.stringify(snapshot)));
  }

  /** The service has the block. */
  add(index: number, digest: Buffer): void {
    const entry = Buffer.alloc(entryBytes);
    entry.writeUInt32BE(index);
    digest.copy(entry, 4);
    this.#pending.push(entry);
    if (this.#pending.length >= batch) this.flush();
  }

  flush(): void {
    if (this.#pending.length > 0) this.#journal?.append(Buffer.concat(this.#pending));
    this.#pending = [];
  }

  clear(): void {
    this.#pending = [];
    this.#journal?.clear();
  }
}
