/** AWS's own client at one bucket, Amazon's or anybody's; each request's failure is one of ours. */
import type { S3Client } from '@aws-sdk/client-s3';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { awsCode, awsFailure, type AwsConnection } from '../aws/sdk.ts';

export interface S3Place extends AwsConnection {
  readonly bucket: string;
  /** The bucket stands in the path of addresses, and not before the server's name. */
  readonly pathStyle: boolean;
}

/** A client of one bucket, and what its failures are to us. */
export class S3Service {
  readonly client: S3Client;
  readonly bucket: string;
  /** Others do not know all that Amazon's does. */
  readonly isAmazon: boolean;
  readonly #address: string;

  constructor(client: S3Client, place: S3Place) {
    this.client = client;
    this.bucket = place.bucket;
    this.isAmazon = place.endpoint === null;
    this.#address = place.endpoint ?? `Amazon S3 ${place.region}`.trim();
  }

  /** @throws Failure `cloud.*`; what `signal` was aborted with. */
  async run<T>(
    action: Message,
    signal: AbortSignal | undefined,
    request: (options: { readonly abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    try {
      return await request(signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (awsCode(error) === 'NoSuchBucket') {
        const problem = inEnglish('there is no bucket "{bucket}"', { bucket: this.bucket });
        throw new Failure('cloud.refused', { action, status: 404, problem }, error);
      }
      if (awsCode(error) === 'EntityTooLarge' && !this.isAmazon) {
        const problem = inEnglish(
          '{address} takes no more. S3 has no word for a quota: a service like Swift says that the object is too large',
          { address: this.#address },
        );
        throw new Failure('cloud.quota', { problem }, error);
      }
      throw awsFailure(error, action, this.#address);
    }
  }
}

/** A tag without the quotes that it stands in. */
export function unquoted(tag: string | undefined): string {
  return (tag ?? '').replaceAll('"', '');
}
