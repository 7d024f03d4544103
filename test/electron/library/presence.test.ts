import { beforeEach, describe, expect, it } from 'vitest';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { rememberImage, type FileState } from '../../../electron/catalogue/images.ts';
import { Presence } from '../../../electron/library/presence.ts';

const state: FileState = {
  missing: false,
  fileSizeBytes: 7,
  allocatedBytes: 4096,
  modifiedMilliseconds: 1000.5,
};
const { missing: _, ...known } = state;

let catalogue: Catalogue;
beforeEach(() => {
  catalogue = openCatalogue(':memory:');
});

function remember(...paths: string[]): void {
  for (const path of paths) {
    const image = {
      path,
      kind: 'disk',
      format: 'raw',
      variant: null,
      virtualSizeBytes: 7,
      ...known,
    } as const;
    rememberImage(catalogue, image, '2025-01-01T00:00:00.000Z');
  }
}

describe('Presence', () => {
  it('tells of what is different, once', async () => {
    remember('/same', '/gone', '/grown');
    const found = new Map<string, FileState | null>([
      ['/same', state],
      ['/gone', null],
      ['/grown', { ...state, fileSizeBytes: 8 }],
    ]);
    const presence = new Presence(catalogue, (path) => Promise.resolve(found.get(path)!));
    const changed = await presence.refresh();
    expect(changed.map(({ path, missing, fileSizeBytes }) => [path, missing, fileSizeBytes])).toEqual([
      ['/gone', true, 7],
      ['/grown', false, 8],
    ]);
    expect(await presence.refresh()).toEqual([]);
    found.set('/gone', state);
    expect((await presence.refresh()).map(({ path, missing }) => [path, missing])).toEqual([
      ['/gone', false],
    ]);
  });

  it('looks at many in stretches, at each once, and others write in between', async () => {
    remember(...Array.from({ length: 450 }, (_, at) => `/gone/${at}`));
    const asked: string[] = [];
    const missingMeanwhile = new Set<number>();
    const presence = new Presence(catalogue, (path) => {
      asked.push(path);
      missingMeanwhile.add(catalogue.column<number>('SELECT count(*) FROM images WHERE missing = 1')[0]!);
      return Promise.resolve(null);
    });
    expect(await presence.refresh()).toHaveLength(450);
    expect(new Set(asked).size).toBe(450);
    expect(asked).toHaveLength(450);
    expect([...missingMeanwhile]).toEqual([0, 200, 400]);
  });

  it('leaves an entry as it was when the system does not say', async () => {
    remember('/denied');
    const presence = new Presence(catalogue, () => Promise.reject(new Error('EACCES')));
    expect(await presence.refresh()).toEqual([]);
  });

  it('does not wait for a drive that does not answer, nor asks it twice', async () => {
    remember('/dead/a', '/dead/b', '/dead/c', '/gone');
    const asked: string[] = [];
    const presence = new Presence(
      catalogue,
      (path) => {
        asked.push(path);
        return new Promise(() => {});
      },
      5,
    );
    expect(await presence.refresh()).toEqual([]);
    expect(await presence.refresh()).toEqual([]);
    expect(asked).toEqual(['/dead/a', '/dead/b']);
  });

  it('looks at two files at a time', async () => {
    remember('/a', '/b', '/c', '/d', '/e');
    let [now, most] = [0, 0];
    const presence = new Presence(catalogue, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
      return state;
    });
    await presence.refresh();
    expect(most).toBe(2);
  });
});
