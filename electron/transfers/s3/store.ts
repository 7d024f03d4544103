/** One bucket of an S3, Amazon's or anybody's, through AWS's own client; each request's failure is one of ours. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { inEnglish } from '#shared/in-english.ts';
import { clientConfiguration } from '../aws/sdk.ts';
import { OpenUploads } from './open-uploads.ts';
import { S3Service, unquoted, type S3Place } from './service.ts';

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly tag: string;
  /** ISO 8601. */
  readonly modifiedAt: string;
}

export interface ObjectHead {
  readonly sizeBytes: number;
  readonly tag: string;
  /** Whether the tag follows from the bytes: not where the service encrypts with a key of its own. */
  readonly tagIsDigest: boolean;
  readonly partCount: number | null;
}

/** So many pages of a list at most: who has more objects there looks elsewhere. */
const mostPages = 50;

export class S3Store {
  /** Those that are not complete. */
  readonly uploads: OpenUploads;
  readonly #service: S3Service;

  private constructor(service: S3Service) {
    this.#service = service;
    this.uploads = new OpenUploads(service);
  }

  get bucket(): string {
    return this.#service.bucket;
  }

  /** @throws Failure `io.*` when the file of authorities cannot be read. */
  static async open(place: S3Place): Promise<S3Store> {
    const client = new S3Client({
      ...(await clientConfiguration(place)),
      // Other makers' services know no region; the signature wants one.
      ...(place.endpoint !== null && place.region === '' ? { region: 'us-east-1' } : {}),
      forcePathStyle: place.pathStyle,
      followRegionRedirects: true,
      // Sums that are not asked for are not understood everywhere; those of parts are asked for below.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    return new S3Store(new S3Service(client, place));
  }

  close(): void {
    this.#service.client.destroy();
  }

  /** Objects whose keys begin so, by their keys. */
  async list(prefix: string, signal?: AbortSignal): Promise<readonly StoredObject[]> {
    const objects: StoredObject[] = [];
    let token: string | undefined;
    for (let page = 0; page < mostPages; page++) {
      const answer = await this.#service.run(inEnglish('list the bucket'), signal, (options) =>
        this.#service.client.send(
          new ListObjectsV2Command({
            Bucket: this.bucket,
            Prefix: prefix,
            ...(token && { ContinuationToken: token }),
          }),
          options,
        ),
      );
      for (const { Key, Size, ETag, LastModified } of answer.Contents ?? []) {
        if (Key === undefined) continue;
        const modifiedAt = LastModified?.toISOString() ?? '';
        objects.push({ key: Key, sizeBytes: Size ?? 0, tag: unquoted(ETag), modifiedAt });
      }
      token = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
      if (token === undefined) break;
    }
    return objects;
  }

  /** Asks for one key: what is wrong with the account or the bucket is told in words, which an answer to HEAD has not got. */
  async check(prefix: string, signal?: AbortSignal): Promise<void> {
    await this.#service.run(inEnglish('list the bucket'), signal, (options) =>
      this.#service.client.send(
        new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, MaxKeys: 1 }),
        options,
      ),
    );
  }

  /** Null for none. `part`: asks for its size alone. */
  async find(key: string, signal?: AbortSignal, part?: number): Promise<ObjectHead | null> {
    const head = { Bucket: this.bucket, Key: key, ...(part !== undefined && { PartNumber: part }) };
    const answer = await this.#service.run(inEnglish('look at the object'), signal, (options) =>
      this.#service.client.send(new HeadObjectCommand(head), options).catch((error: unknown) => {
        const { httpStatusCode } = (error as HeadObjectCommandOutput).$metadata ?? {};
        // Who may not list is told 403 in place of 404.
        if (httpStatusCode === 404 || httpStatusCode === 403) return null;
        throw error;
      }),
    );
    if (answer === null) return null;
    return {
      sizeBytes: answer.ContentLength ?? 0,
      tag: unquoted(answer.ETag),
      tagIsDigest:
        !/^aws:kms/.test(answer.ServerSideEncryption ?? '') && answer.SSECustomerAlgorithm === undefined,
      partCount: answer.PartsCount ?? null,
    };
  }

  /** The bytes from `start` on, of the object that has that tag still. */
  async content(
    key: string,
    start: number,
    tag: string,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Buffer>> {
    const answer = await this.#service.run(inEnglish('read the object'), signal, (options) =>
      this.#service.client.send(
        new GetObjectCommand({
          Bucket: this.bucket,
          Key: key,
          IfMatch: `"${tag}"`,
          ...(start > 0 && { Range: `bytes=${start}-` }),
        }),
        options,
      ),
    );
    return answer.Body as unknown as AsyncIterable<Buffer>;
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.#service.run(inEnglish('delete the object'), signal, (options) =>
      this.#service.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }), options),
    );
  }
}
