/** Uploads as page blobs: only what holds data, each piece with its digest; one that was cut off goes on where it was. */
import { createHash } from 'node:crypto';
import type { PageBlobClient } from '@azure/storage-blob';
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { CloudObject } from '#shared/domain/cloud-image.ts';
import type { Span } from '#shared/domain/image.ts';
import type { UploadedImage, UploadPart, UploadResult, UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { abortable, type TransferControl } from '../control.ts';
import { halfMadeMetadata, idOf, metadataOf, ownMetadata } from './blob.ts';
import { PageRanges, pagesOf } from './page-ranges.ts';
import { errorCodeOf, statusOf } from './refusals.ts';
import { aborted, Storage } from './storage.ts';
import { SparseDigest, VhdContent } from './vhd-content.ts';

/** Requests on their way at the same time: each holds a piece in memory. */
const parallelRequests = 8;

export interface UploadOptions {
  readonly restsMilliseconds?: readonly number[];
}

/**
 * Uploads all parts in their order. What fails or is cancelled is deleted again; where the connection is lost for good, or the
 * work is put off, what is there stays, and the next upload of the same source goes on with it.
 * @throws Failure `cloud.*`, `input.invalid`, `io.*`, `image.*`, `operation.*`.
 */
export async function uploadBlobs(
  work: UploadWork,
  access: CloudAccess,
  control: TransferControl,
  { restsMilliseconds }: UploadOptions = {},
): Promise<UploadResult> {
  for (const { properties } of work.parts) metadataOf(properties);
  const storage = await Storage.open(access, restsMilliseconds);
  const container = String(work.options['container']);
  const images = await abortable(control, async (signal) => {
    await storage.requireContainer(container, signal);
    const done: UploadedImage[] = [];
    for (const part of work.parts) done.push(await uploadPart(part, work, storage, control, signal));
    return done;
  });
  return { account: work.account, images };
}

async function uploadPart(
  part: UploadPart,
  { account, options }: UploadWork,
  storage: Storage,
  control: TransferControl,
  signal: AbortSignal,
): Promise<UploadedImage> {
  if (part.source.kind !== 'raw') throw invalid(inEnglish('Azure takes disks that are read out'));
  const id = idOf(String(options['container']), part.name);
  const object: CloudObject = { account, kind: 'blob', id, name: part.name };
  const content = new VhdContent(part.source.reference, control);
  const upload = new BlobUpload(part, object, content, storage, control, signal);
  try {
    return await upload.run(options['replace'] === true);
  } finally {
    content.close();
  }
}

class BlobUpload {
  readonly #part: UploadPart;
  readonly #object: CloudObject;
  readonly #content: VhdContent;
  readonly #storage: Storage;
  readonly #control: TransferControl;
  readonly #signal: AbortSignal;
  readonly #blob: PageBlobClient;
  readonly #sent = new PageRanges();
  #sentBytes = 0;

  constructor(
    part: UploadPart,
    object: CloudObject,
    content: VhdContent,
    storage: Storage,
    control: TransferControl,
    signal: AbortSignal,
  ) {
    this.#part = part;
    this.#object = object;
    this.#content = content;
    this.#storage = storage;
    this.#control = control;
    this.#signal = signal;
    this.#blob = storage.blob(object.id);
  }

  async run(replace: boolean): Promise<UploadedImage> {
    const retriesBefore = this.#storage.retries;
    const isBegun = await this.#isBegun(replace);
    this.#control.cloudObject({ event: 'making', object: this.#object });
    try {
      if (!isBegun) await this.#create(replace);
      const there = isBegun ? await pagesOf(this.#storage, this.#blob, this.#signal) : new PageRanges();
      const md5 = await this.#sendAll(there);
      await this.#finish(md5);
      this.#control.cloudObject({ event: 'made', object: this.#object });
      return {
        id: this.#object.id,
        name: this.#part.name,
        role: 'image',
        status: 'there',
        sizeBytes: this.#content.sizeBytes,
        verified: md5 === null ? null : { algorithm: 'md5', digest: md5.toString('hex') },
        converted: null,
        retries: this.#storage.retries - retriesBefore,
        sentBytes: this.#sentBytes,
      };
    } catch (error) {
      if (!staysFor(error, this.#signal)) await this.#remove();
      throw error;
    }
  }

  /** Whether the same upload was begun and can go on. @throws Failure `input.invalid` where another blob has the name. */
  async #isBegun(replace: boolean): Promise<boolean> {
    const there = await this.#properties();
    if (there === null) return false;
    const { isHalfMade, mark } = ownMetadata(there.metadata);
    const isOurs = isHalfMade && mark === this.#content.mark;
    if (isOurs && there.contentLength === this.#content.sizeBytes) return true;
    if (replace) return false;
    throw invalid(
      isHalfMade
        ? inEnglish('{id} is a half-made upload of another image: clean up, or have it replaced', {
            id: this.#object.id,
          })
        : inEnglish('there is a blob {id} already: give another name, or have it replaced', {
            id: this.#object.id,
          }),
    );
  }

  async #properties() {
    const look = async () => {
      try {
        return await this.#blob.getProperties(aborted(this.#signal));
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw error;
      }
    };
    return this.#storage.ask(inEnglish('show the blob'), look, this.#signal);
  }

  async #create(replace: boolean): Promise<void> {
    const { sizeBytes, mark } = this.#content;
    const create = async (): Promise<void> => {
      try {
        await this.#blob.create(sizeBytes, {
          ...aborted(this.#signal),
          metadata: halfMadeMetadata(mark),
          ...(replace ? {} : { conditions: { ifNoneMatch: '*' } }),
        });
      } catch (error) {
        if (errorCodeOf(error) !== 'BlobAlreadyExists') throw error;
        // A repetition of a request whose answer got lost, or somebody was quicker.
        const there = await this.#blob.getProperties(aborted(this.#signal));
        if (ownMetadata(there.metadata).mark !== mark) throw error;
      }
    };
    await this.#storage.ask(inEnglish('create the blob'), create, this.#signal);
  }

  /** Sends what is not there. @returns the MD5 of the whole; null where it is not worth what it costs. */
  async #sendAll(there: PageRanges): Promise<Buffer | null> {
    const { capacityBytes, readBytes, hashesWhole } = this.#content;
    this.#control.begin('uploading', readBytes, this.#part.name);
    const whole = hashesWhole ? new SparseDigest() : null;
    const identity = createHash('sha256');
    const flying = new Set<Promise<void>>();
    try {
      for (const chunk of this.#content.chunks()) {
        this.#control.throwIfCancelled();
        await whole?.update(chunk.start, chunk.bytes, this.#control);
        let idleBytes = chunk.length;
        for (const run of chunk.runs) {
          const piece = { start: chunk.start + run.start, length: run.length };
          const bytes = Buffer.from(chunk.bytes.buffer, run.start, run.length);
          const md5 = createHash('md5').update(bytes).digest();
          identity.update(`${piece.start}:${md5.toString('hex')};`);
          this.#sent.add(piece);
          if (there.covers(piece)) continue;
          idleBytes -= piece.length;
          while (flying.size >= parallelRequests) await Promise.race(flying);
          const sending: Promise<void> = this.#send(piece, bytes, md5).then(() => {
            flying.delete(sending);
          });
          // Who waits for it hears of it; it must not be unheard until then.
          sending.catch(() => {});
          flying.add(sending);
        }
        this.#control.advance(idleBytes);
      }
      await Promise.all(flying);
    } catch (error) {
      await Promise.allSettled(flying);
      throw error;
    }
    const footer = this.#content.footer(identity.digest());
    await this.#sendFooter({ start: capacityBytes, length: footer.length }, footer, there);
    await whole?.update(capacityBytes, footer, this.#control);
    return whole?.digest() ?? null;
  }

  async #sendFooter(span: Span, footer: Uint8Array, there: PageRanges): Promise<void> {
    this.#sent.add(span);
    if (there.covers(span)) return;
    const bytes = Buffer.from(footer);
    await this.#put(span, bytes, createHash('md5').update(bytes).digest());
  }

  async #send(piece: Span, bytes: Buffer, md5: Buffer): Promise<void> {
    await this.#put(piece, bytes, md5);
    this.#control.advance(piece.length);
  }

  /** The service compares the digest with what arrived before it takes it. */
  async #put({ start, length }: Span, bytes: Buffer, md5: Buffer): Promise<void> {
    const put = () =>
      this.#blob.uploadPages(bytes, start, length, {
        ...aborted(this.#signal),
        transactionalContentMD5: md5,
      });
    await this.#storage.ask(inEnglish('take a piece of the blob'), put, this.#signal);
    this.#sentBytes += length;
  }

  /** Looks whether every piece is there, and only then takes the mark of what is half-made off. */
  async #finish(md5: Buffer | null): Promise<void> {
    this.#control.begin('finishing', 0, this.#part.name);
    const there = await pagesOf(this.#storage, this.#blob, this.#signal);
    for (const span of this.#sent) {
      if (there.covers(span)) continue;
      const problem = inEnglish('the pages from {start} on are not there although they were taken', {
        start: span.start,
      });
      throw new Failure('cloud.refused', { action: inEnglish('keep the blob'), status: 206, problem });
    }
    const headers = {
      blobContentType: 'application/octet-stream',
      ...(md5 === null ? {} : { blobContentMD5: md5 }),
    };
    const properties = metadataOf(this.#part.properties);
    const describe = () => this.#blob.setHTTPHeaders(headers, aborted(this.#signal));
    await this.#storage.ask(inEnglish('keep the digest of the blob'), describe, this.#signal);
    const settle = () => this.#blob.setMetadata({ ...properties }, aborted(this.#signal));
    await this.#storage.ask(inEnglish('complete the blob'), settle, this.#signal);
  }

  /** The failure that led here says more than one of removing: what stays is on record. The signal may be what led here. */
  async #remove(): Promise<void> {
    try {
      await this.#storage.discard(this.#object.id);
      this.#control.cloudObject({ event: 'gone', object: this.#object });
    } catch {
      // On record as left: it can be cleaned up.
    }
  }
}

/** Whether what is there is of use to the next attempt. */
function staysFor(error: unknown, signal: AbortSignal): boolean {
  const failure = Failure.from(signal.aborted ? signal.reason : error);
  return failure.code === 'operation.interrupted' || failure.code === 'cloud.unreachable';
}

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
