/** Downloads of blobs: range by range, each compared with the digest that the service computes; what is not there stays a hole. */
import { createHash } from 'node:crypto';
import type { BlobGetPropertiesResponse, PageBlobClient } from '@azure/storage-blob';
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { Span } from '#shared/domain/image.ts';
import type { DownloadResult, DownloadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { OutputFile } from '#engine/bytes/output-file.ts';
import { abortable, type TransferControl } from '../control.ts';
import { pagesOf } from './page-ranges.ts';
import { statusOf } from './refusals.ts';
import { aborted, Storage } from './storage.ts';
import { SparseDigest } from './vhd-content.ts';

/** The most that the service computes a digest of (Get Blob, x-ms-range-get-content-md5). */
const rangeBytes = 4 << 20;

/** @throws Failure `cloud.*`, `io.*`, `operation.*`; nothing is left behind then. */
export async function downloadBlob(
  work: DownloadWork,
  access: CloudAccess,
  control: TransferControl,
  restsMilliseconds?: readonly number[],
): Promise<DownloadResult> {
  const storage = await Storage.open(access, restsMilliseconds);
  const blob = storage.blob(work.image.id);
  return abortable(control, async (signal) => {
    const properties = await propertiesOf(storage, blob, work.image.id, signal);
    const output = new OutputFile(work.outputPath, work.force ?? false, control);
    try {
      const result = await new BlobDownload(storage, blob, properties, output, control, signal).run(work);
      output.sync();
      output.commit();
      return result;
    } catch (error) {
      output.discard();
      throw error;
    }
  });
}

async function propertiesOf(
  storage: Storage,
  blob: PageBlobClient,
  id: string,
  signal: AbortSignal,
): Promise<BlobGetPropertiesResponse> {
  const look = async () => {
    try {
      return await blob.getProperties(aborted(signal));
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  };
  const found = await storage.ask(inEnglish('show the blob'), look, signal);
  if (found !== null) return found;
  throw new Failure('input.invalid', { problem: inEnglish('there is no blob {id} in the account', { id }) });
}

class BlobDownload {
  readonly #storage: Storage;
  readonly #blob: PageBlobClient;
  readonly #properties: BlobGetPropertiesResponse;
  readonly #output: OutputFile;
  readonly #control: TransferControl;
  readonly #signal: AbortSignal;

  constructor(
    storage: Storage,
    blob: PageBlobClient,
    properties: BlobGetPropertiesResponse,
    output: OutputFile,
    control: TransferControl,
    signal: AbortSignal,
  ) {
    this.#storage = storage;
    this.#blob = blob;
    this.#properties = properties;
    this.#output = output;
    this.#control = control;
    this.#signal = signal;
  }

  async run({ image, outputPath }: DownloadWork): Promise<DownloadResult> {
    const sizeBytes = this.#properties.contentLength ?? 0;
    const spans = await this.#spans(sizeBytes);
    const total = spans.reduce((sum, { length }) => sum + length, 0);
    this.#control.begin('downloading', total, image.name ?? image.id);
    const expected = this.#properties.contentMD5;
    const whole = expected === undefined || expected.length === 0 ? null : new SparseDigest();
    for (const span of spans) {
      for (let at = span.start; at < span.start + span.length; at += rangeBytes) {
        this.#control.throwIfCancelled();
        const length = Math.min(rangeBytes, span.start + span.length - at);
        const bytes = await this.#fetch({ start: at, length });
        this.#output.write(at, bytes);
        await whole?.update(at, bytes, this.#control);
        this.#control.advance(length);
      }
    }
    this.#output.truncate(sizeBytes);
    if (whole === null || expected === undefined) return { path: outputPath, sizeBytes, verified: null };
    await whole.update(sizeBytes, new Uint8Array(0), this.#control);
    const digest = whole.digest().toString('hex');
    requireSame(image.name ?? image.id, Buffer.from(expected).toString('hex'), digest);
    return { path: outputPath, sizeBytes, verified: { algorithm: 'md5', digest } };
  }

  /** What is to be fetched: only pages have holes. */
  async #spans(sizeBytes: number): Promise<readonly Span[]> {
    if (this.#properties.blobType !== 'PageBlob') {
      return sizeBytes === 0 ? [] : [{ start: 0, length: sizeBytes }];
    }
    return [...(await pagesOf(this.#storage, this.#blob, this.#signal))];
  }

  async #fetch({ start, length }: Span): Promise<Uint8Array> {
    const { etag } = this.#properties;
    const get = async (): Promise<Buffer> => {
      const response = await this.#blob.download(start, length, {
        ...aborted(this.#signal),
        rangeGetContentMD5: true,
        // Another blob of that name meanwhile would be mixed with this one.
        ...(etag === undefined ? {} : { conditions: { ifMatch: etag } }),
      });
      const pieces: Buffer[] = [];
      for await (const piece of response.readableStreamBody!) pieces.push(Buffer.from(piece));
      const bytes = Buffer.concat(pieces);
      const md5 = createHash('md5').update(bytes).digest('hex');
      const { contentMD5 } = response;
      if (bytes.length !== length) throw new Error(`${bytes.length} of ${length} bytes came`);
      if (contentMD5 !== undefined && contentMD5.length > 0) {
        requireSame(this.#blob.name, Buffer.from(contentMD5).toString('hex'), md5);
      }
      return bytes;
    };
    return this.#storage.ask(inEnglish('send the blob'), get, this.#signal);
  }
}

function requireSame(name: string, expected: string, actual: string): void {
  if (expected !== actual) {
    throw new Failure('cloud.digest-mismatch', { name, algorithm: 'md5', expected, actual });
  }
}
