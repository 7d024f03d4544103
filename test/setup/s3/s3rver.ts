// Starts s3rver, a small S3 that keeps objects as plain files.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export interface SmallS3 {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The file that an object lies in. */
  fileOf(key: string): string;
  stop(): Promise<void>;
}

interface Server {
  run(): Promise<{ readonly port: number }>;
  close(): Promise<void>;
}

export async function startS3rver(folder: string, bucket: string): Promise<SmallS3> {
  mkdirSync(folder, { recursive: true });
  const require = createRequire(import.meta.url);
  const S3rver = require('s3rver') as new (options: object) => Server;
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: folder,
    configureBuckets: [{ name: bucket }],
  });
  const { port } = await server.run();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    accessKeyId: 'S3RVER',
    secretAccessKey: 'S3RVER',
    fileOf: (key) => join(folder, bucket, `${key}._S3rver_object`),
    stop: () => server.close(),
  };
}
