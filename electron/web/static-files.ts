/** The built window, read into memory at the start: no path is ever made of what a request says. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Failure, systemFailure } from '#shared/failure.ts';

export interface StaticFile {
  readonly content: Buffer;
  readonly contentType: string;
  readonly cacheControl: string;
  readonly etag: string;
}

/** Files by the path of their URL; `/` is index.html. */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

const fileLimit = 5000;
const totalLimitBytes = 256 * 1024 * 1024;

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** A name that the bundler made of the content: `index-B1x2Y3z4.js`. */
const hashedName = /-[A-Za-z0-9_-]{8}\.[a-z0-9.]+$/;

/** @throws Failure `io.*`, `io.not-found` when there is no index.html. */
export async function readStaticFiles(folder: string): Promise<StaticFiles> {
  const files = new Map<string, StaticFile>();
  let totalBytes = 0;
  const visit = async (path: string, urlPath: string): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true });
    for (const entry of entries) {
      const entryPath = join(path, entry.name);
      const entryUrl = `${urlPath}${encodeURIComponent(entry.name)}`;
      if (entry.isDirectory()) {
        await visit(entryPath, `${entryUrl}/`);
      } else if (entry.isFile()) {
        const content = await readFile(entryPath);
        totalBytes += content.length;
        files.set(entryUrl, staticFile(entry.name, content));
        if (files.size > fileLimit || totalBytes > totalLimitBytes) {
          throw new Failure('input.invalid', { problem: `${folder} holds more than a built window` });
        }
      }
    }
  };
  await visit(folder, '/').catch((error: unknown) => {
    throw systemFailure(error, folder);
  });
  const index = files.get('/index.html');
  if (!index) throw new Failure('io.not-found', { path: join(folder, 'index.html') });
  return files.set('/', index);
}

function staticFile(name: string, content: Buffer): StaticFile {
  return {
    content,
    contentType: contentTypes[extname(name).toLowerCase()] ?? 'application/octet-stream',
    cacheControl: hashedName.test(name) ? 'private, max-age=31536000, immutable' : 'no-cache',
    etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 27)}"`,
  };
}
