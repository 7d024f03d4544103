import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readStaticFiles } from '../../../electron/web/static-files.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'renderer-'));
});

function write(path: string, content = path): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
}

describe('readStaticFiles', () => {
  it('has every file by the path of its URL, with its type', async () => {
    for (const path of [
      'index.html',
      'assets/index-B1x2Y_-z.js',
      'assets/index-B1x2Y_-z.css',
      'icon.svg',
      'data.bin',
    ]) {
      write(path);
    }
    const files = await readStaticFiles(folder);
    expect([...files].map(([path, file]) => [path, file.contentType]).sort()).toEqual([
      ['/', 'text/html; charset=utf-8'],
      ['/assets/index-B1x2Y_-z.css', 'text/css; charset=utf-8'],
      ['/assets/index-B1x2Y_-z.js', 'text/javascript; charset=utf-8'],
      ['/data.bin', 'application/octet-stream'],
      ['/icon.svg', 'image/svg+xml'],
      ['/index.html', 'text/html; charset=utf-8'],
    ]);
    expect(files.get('/')).toBe(files.get('/index.html'));
    expect(files.get('/icon.svg')!.content.toString()).toBe('icon.svg');
  });

  it('lets a browser keep only what its name says the content of', async () => {
    for (const path of ['index.html', 'icon.svg', 'assets/index-B1x2Y_-z.js', 'assets/font-short.woff2'])
      write(path);
    const files = await readStaticFiles(folder);
    expect(files.get('/assets/index-B1x2Y_-z.js')!.cacheControl).toContain('immutable');
    for (const path of ['/', '/icon.svg', '/assets/font-short.woff2']) {
      expect(files.get(path)!.cacheControl).toBe('no-cache');
    }
    expect(new Set([...files.values()].map((file) => file.etag)).size).toBe(4);
  });

  it('does not follow links out of the folder', async () => {
    write('index.html');
    const secret = join(scratch, 'secret');
    writeFileSync(secret, 'secret');
    symlinkSync(secret, join(folder, 'link.txt'));
    symlinkSync(scratch, join(folder, 'linked'));
    expect([...(await readStaticFiles(folder)).keys()].sort()).toEqual(['/', '/index.html']);
  });

  it('says that the window was not built', async () => {
    const missing = join(folder, 'missing');
    await expect(readStaticFiles(missing)).rejects.toMatchObject({
      code: 'io.not-found',
      details: { path: missing },
    });
    await expect(readStaticFiles(folder)).rejects.toMatchObject({
      code: 'io.not-found',
      details: { path: join(folder, 'index.html') },
    });
  });
});
