import { describe, expect, it } from 'vitest';
import { libraryLocation, type LocationSurroundings } from '../../../electron/catalogue/location.ts';

const linux: LocationSurroundings = {
  environment: {},
  platform: 'linux',
  homeFolder: '/home/ada',
  workingFolder: '/work',
};
const folderIn = (surroundings: Partial<LocationSurroundings>, home?: string): string =>
  libraryLocation(home, { ...linux, ...surroundings }).folder;

describe('libraryLocation', () => {
  it('is the data folder of each platform', () => {
    expect(folderIn({})).toBe('/home/ada/.local/share/platter');
    expect(folderIn({ platform: 'darwin', homeFolder: '/Users/ada' })).toBe(
      '/Users/ada/Library/Application Support/Platter',
    );
    const windows = { platform: 'win32', homeFolder: 'C:\\Users\\ada', workingFolder: 'C:\\' } as const;
    expect(folderIn({ ...windows, environment: { APPDATA: 'D:\\Roaming' } })).toBe('D:\\Roaming\\Platter');
    expect(folderIn(windows)).toBe('C:\\Users\\ada\\AppData\\Roaming\\Platter');
  });

  it('follows XDG_DATA_HOME only when it is absolute', () => {
    expect(folderIn({ environment: { XDG_DATA_HOME: '/data' } })).toBe('/data/platter');
    expect(folderIn({ environment: { XDG_DATA_HOME: 'data' } })).toBe('/home/ada/.local/share/platter');
    expect(folderIn({ environment: { XDG_DATA_HOME: '' } })).toBe('/home/ada/.local/share/platter');
  });

  it('lets PLATTER_HOME override the platform, and the caller override both', () => {
    const environment = { PLATTER_HOME: '/library', XDG_DATA_HOME: '/data' };
    expect(folderIn({ environment })).toBe('/library');
    expect(folderIn({ environment, platform: 'darwin' })).toBe('/library');
    expect(folderIn({ environment }, '/mine')).toBe('/mine');
    expect(folderIn({ environment: { PLATTER_HOME: 'here' } })).toBe('/work/here');
    expect(folderIn({ environment: { PLATTER_HOME: '' } })).toBe('/home/ada/.local/share/platter');
  });

  it('puts the database and the locks into the folder', () => {
    expect(libraryLocation('/mine', linux)).toEqual({
      folder: '/mine',
      databasePath: '/mine/library.sqlite',
      backupsFolder: '/mine/backups',
      locksFolder: '/mine/running',
    });
  });
});
