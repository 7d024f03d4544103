/** Writes the catalogue as JSON: one moment of it, one entry a line. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { ImageKind } from '#shared/domain/image.ts';
import type { Origin } from '#shared/domain/library.ts';
import type { Metadata } from '#shared/domain/preparation.ts';
import type { ExchangeCounts } from '#shared/domain/upkeep.ts';
import type { Catalogue } from './database.ts';
import { exchangeVersion, type ExchangedImage, type ExchangeFile } from './exchange.ts';
import { makeNewFile } from './new-file.ts';
import { readSettings } from './settings.ts';

interface Row {
  id: number;
  path: string;
  kind: ImageKind;
  format: string;
  variant: string | null;
  virtualSizeBytes: number | null;
  fileSizeBytes: number;
  allocatedBytes: number;
  modifiedMilliseconds: number | null;
  sha256: string | null;
  origin: string | null;
  addedAt: string;
  missing: number;
  rating: number | null;
  note: string | null;
  guest: string | null;
  tags: string;
}

const rowsAtATime = 1000;

/**
 * Writes images with their tags, notes and ratings, watched folders, saved searches, metadata for clouds and settings to a new file. The history
 * of jobs stays: it speaks of this computer.
 * @throws Failure `io.*`; `io.exists`.
 */
export function exportLibrary(catalogue: Catalogue, path: string, now: number): ExchangeCounts {
  let counts = { images: 0, folders: 0, tags: 0, searches: 0 };
  makeNewFile(path, (temporary) => {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      // One transaction, so that all of it is of one moment.
      counts = catalogue.transaction(() => write(catalogue, now, (text) => writeSync(file, text)));
    } finally {
      closeSync(file);
    }
  });
  return { path, ...counts };
}

function write(
  catalogue: Catalogue,
  now: number,
  put: (text: string) => void,
): { images: number; folders: number; tags: number; searches: number } {
  const head: Omit<ExchangeFile, 'images'> = {
    platter: 'catalogue',
    version: exchangeVersion,
    exportedAt: new Date(now).toISOString(),
    settings: { ...readSettings(catalogue) },
    folders: catalogue.all('SELECT path, added_at AS addedAt FROM watched_folders ORDER BY path'),
    tags: catalogue.all('SELECT name, color FROM tags ORDER BY name'),
    searches: catalogue.all('SELECT name, query FROM saved_searches ORDER BY position, name'),
    presets: catalogue
      .all<{ cloud: string; name: string; settings: string }>(
        'SELECT cloud, name, settings FROM metadata_presets ORDER BY cloud, name',
      )
      .map(({ cloud, name, settings }) => ({ cloud, name, values: JSON.parse(settings) as Metadata })),
  };
  put(`${JSON.stringify(head, null, 1).slice(0, -2)},\n "images": [`);
  let images = 0;
  for (let after = 0; ;) {
    const rows = page(catalogue, after);
    const last = rows[rows.length - 1];
    if (last === undefined) break;
    put(rows.map((row) => `${images++ === 0 ? '' : ','}\n  ${JSON.stringify(imageOf(row))}`).join(''));
    after = last.id;
  }
  put('\n ]\n}\n');
  return { images, folders: head.folders.length, tags: head.tags.length, searches: head.searches.length };
}

function page(catalogue: Catalogue, after: number): Row[] {
  return catalogue.all<Row>(
    `SELECT id, path, kind, format, variant, virtual_size_bytes AS virtualSizeBytes,
       file_size_bytes AS fileSizeBytes, allocated_bytes AS allocatedBytes,
       modified_milliseconds AS modifiedMilliseconds, sha256, origin, added_at AS addedAt, missing, rating, note, guest,
       (SELECT json_group_array(name) FROM image_tags JOIN tags ON tags.id = tag_id WHERE image_id = images.id) AS tags
     FROM images WHERE id > @after ORDER BY id LIMIT ${rowsAtATime}`,
    { after },
  );
}

function imageOf({ id: _id, ...row }: Row): ExchangedImage {
  return {
    ...row,
    origin: row.origin === null ? null : (JSON.parse(row.origin) as Origin),
    missing: row.missing !== 0,
    tags: JSON.parse(row.tags) as string[],
  };
}
