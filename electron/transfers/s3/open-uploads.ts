/** Uploads in parts that are not complete: begun, listed, filled, joined, taken away. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { awsCode } from '../aws/sdk.ts';
import { unquoted, type S3Service } from './service.ts';

/** A part that is there. */
export interface StoredPart {
  readonly number: number;
  readonly sizeBytes: number;
  /** As the service quotes it, without its quotes: the MD5 unless it encrypts with keys of its own. */
  readonly tag: string;
  /** Base64; null where the service keeps none. */
  readonly sha256: string | null;
}

/** An upload in parts that has not been completed. */
export interface OpenUpload {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly begunAt: number;
  /** Whether the service checks and keeps each part's SHA-256. */
  readonly keepsSha256: boolean;
}

/** What a service says of calls that it has not got. */
const lacking = /^(NotImplemented|MethodNotAllowed)$/;
export class OpenUploads {
  readonly #service: S3Service;

  constructor(service: S3Service) {
    this.#service = service;
  }

  /** Those of exactly that key, the newest first. Empty where the service cannot tell, or does not tell us. */
  async list(key: string, signal?: AbortSignal): Promise<readonly OpenUpload[]> {
    try {
      const answer = await this.#service.run(inEnglish('list uploads'), signal, (options) =>
        this.#service.client
          .send(new ListMultipartUploadsCommand({ Bucket: this.#service.bucket, Prefix: key }), options)
          .catch(ifLacking),
      );
      return (answer?.Uploads ?? [])
        .flatMap(({ Key, UploadId, Initiated, ChecksumAlgorithm }) =>
          Key === key && UploadId !== undefined
            ? [
                {
                  id: UploadId,
                  begunAt: Initiated?.getTime() ?? 0,
                  keepsSha256: ChecksumAlgorithm === 'SHA256',
                },
              ]
            : [],
        )
        .sort((one, other) => other.begunAt - one.begunAt);
    } catch (error) {
      if (error instanceof Failure && error.code === 'cloud.forbidden') return [];
      throw error;
    }
  }

  async begin(key: string, signal: AbortSignal): Promise<OpenUpload> {
    const command = { Bucket: this.#service.bucket, Key: key, ContentType: 'application/octet-stream' };
    const answer = await this.#service.run(inEnglish('begin the upload'), signal, (options) =>
      this.#service.client
        .send(new CreateMultipartUploadCommand({ ...command, ChecksumAlgorithm: 'SHA256' }), options)
        .catch(ifLacking),
    );
    // One that refuses the header outright is asked without.
    const { UploadId, ChecksumAlgorithm } =
      answer ??
      (await this.#service.run(inEnglish('begin the upload'), signal, (options) =>
        this.#service.client.send(new CreateMultipartUploadCommand(command), options),
      ));
    if (UploadId === undefined) {
      const problem = inEnglish('it gives the upload no id');
      throw new Failure('cloud.refused', { action: inEnglish('begin the upload'), status: 200, problem });
    }
    return { id: UploadId, begunAt: Date.now(), keepsSha256: ChecksumAlgorithm === 'SHA256' };
  }

  /** Null where there is no such upload any more, or the service has no such call. */
  async parts(key: string, upload: OpenUpload, signal: AbortSignal): Promise<readonly StoredPart[] | null> {
    const parts: StoredPart[] = [];
    let marker: string | undefined;
    do {
      const answer = await this.#service.run(inEnglish('list the parts'), signal, (options) =>
        this.#service.client
          .send(
            new ListPartsCommand({
              Bucket: this.#service.bucket,
              Key: key,
              UploadId: upload.id,
              ...(marker !== undefined && { PartNumberMarker: marker }),
            }),
            options,
          )
          .catch((error: unknown) => (awsCode(error) === 'NoSuchUpload' ? null : ifLacking(error))),
      );
      if (answer === null) return null;
      for (const { PartNumber, Size, ETag, ChecksumSHA256 } of answer.Parts ?? []) {
        if (PartNumber === undefined) continue;
        parts.push({
          number: PartNumber,
          sizeBytes: Size ?? 0,
          tag: unquoted(ETag),
          sha256: ChecksumSHA256 ?? null,
        });
      }
      const next = answer.IsTruncated === true ? answer.NextPartNumberMarker : undefined;
      marker = next === marker ? undefined : next;
    } while (marker !== undefined);
    return parts;
  }

  /** Sends a part, in place of one of that number. The signature covers the bytes' SHA-256, whoever's service it is. */
  async send(
    key: string,
    upload: OpenUpload,
    part: { readonly number: number; readonly bytes: Uint8Array; readonly sha256: string },
    signal: AbortSignal,
  ): Promise<StoredPart> {
    const { number, bytes, sha256 } = part;
    const answer = await this.#service.run(inEnglish('take a part'), signal, (options) =>
      this.#service.client.send(
        new UploadPartCommand({
          Bucket: this.#service.bucket,
          Key: key,
          UploadId: upload.id,
          PartNumber: number,
          Body: bytes,
          ...(upload.keepsSha256 && { ChecksumSHA256: sha256 }),
        }),
        options,
      ),
    );
    return {
      number,
      sizeBytes: bytes.length,
      tag: unquoted(answer.ETag),
      sha256: answer.ChecksumSHA256 ?? null,
    };
  }

  /** The whole object's tag; null where the upload is not there any more. Nothing that is there already is replaced on Amazon's. */
  async complete(
    key: string,
    upload: OpenUpload,
    { parts, replaces }: { readonly parts: readonly StoredPart[]; readonly replaces: boolean },
    signal: AbortSignal,
  ): Promise<string | null> {
    const answer = await this.#service.run(inEnglish('join the parts'), signal, (options) =>
      this.#service.client
        .send(
          new CompleteMultipartUploadCommand({
            Bucket: this.#service.bucket,
            Key: key,
            UploadId: upload.id,
            MultipartUpload: {
              Parts: parts.map(({ number, tag, sha256 }) => ({
                PartNumber: number,
                ETag: `"${tag}"`,
                ...(upload.keepsSha256 && sha256 !== null && { ChecksumSHA256: sha256 }),
              })),
            },
            ...(this.#service.isAmazon && !replaces && { IfNoneMatch: '*' }),
          }),
          options,
        )
        .catch((error: unknown) => {
          if (awsCode(error) === 'NoSuchUpload') return null;
          throw error;
        }),
    );
    return answer === null ? null : unquoted(answer.ETag);
  }

  /** Done when there is no such upload. */
  async abort(key: string, id: string, signal?: AbortSignal): Promise<void> {
    await this.#service.run(inEnglish('take the parts away'), signal, (options) =>
      this.#service.client
        .send(
          new AbortMultipartUploadCommand({ Bucket: this.#service.bucket, Key: key, UploadId: id }),
          options,
        )
        .catch((error: unknown) => {
          if (awsCode(error) !== 'NoSuchUpload') throw error;
        }),
    );
  }
}

function ifLacking(error: unknown): null {
  if (lacking.test(awsCode(error))) return null;
  throw error;
}
