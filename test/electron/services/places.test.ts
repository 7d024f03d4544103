import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { listPlaces, readUserFolder } from '../../../electron/services/places.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const newHome = (): string => mkdtempSync(join(scratch, 'home-'));

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('listPlaces', () => {
  it('has home first, then what is there of the usual folders', async () => {
    const home = newHome();
    vi.stubEnv('XDG_CONFIG_HOME', join(home, '.config'));
    mkdirSync(join(home, 'Downloads'));
    writeFileSync(join(home, 'Desktop'), 'a file');
    expect((await listPlaces('linux', home)).slice(0, 2)).toEqual([
      { title: 'Home', path: home },
      { title: 'Downloads', path: join(home, 'Downloads') },
    ]);
    expect((await listPlaces('darwin', home)).some((place) => place.title === 'Desktop')).toBe(false);
  });

  it('follows the names that a person has given them', async () => {
    const home = newHome();
    vi.stubEnv('XDG_CONFIG_HOME', join(home, '.config'));
    for (const folder of ['.config', 'Hämtningar']) mkdirSync(join(home, folder));
    const text = 'XDG_DESKTOP_DIR="$HOME"\nXDG_DOWNLOAD_DIR="$HOME/Hämtningar"\n';
    writeFileSync(join(home, '.config', 'user-dirs.dirs'), text);
    const places = await listPlaces('linux', home);
    expect(places.slice(0, 2)).toEqual([
      { title: 'Home', path: home },
      { title: 'Downloads', path: join(home, 'Hämtningar') },
    ]);
    // A desktop that is the home folder is not listed again.
    expect(places.filter((place) => place.path === home)).toHaveLength(1);
  });
});

describe('readUserFolder', () => {
  it('reads what xdg-user-dirs writes, and nothing else', () => {
    const text = [
      '# comment',
      'XDG_A_DIR="$HOME/a \\"b\\""',
      'XDG_B_DIR="/mnt/b"',
      'XDG_C_DIR="c"',
      'XDG_D_DIR="$HOME"',
    ];
    const read = (name: string): string | null => readUserFolder(text.join('\n'), name, '/home/ada');
    expect(read('XDG_B_DIR')).toBe('/mnt/b');
    expect(read('XDG_C_DIR')).toBeNull();
    expect(read('XDG_D_DIR')).toBe('/home/ada');
    expect(read('XDG_E_DIR')).toBeNull();
  });
});
