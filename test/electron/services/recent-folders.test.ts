import { describe, expect, it } from 'vitest';
import { RecentFolders } from '../../../electron/services/recent-folders.ts';

describe('RecentFolders', () => {
  it('has the last one first, each once', () => {
    const recent = new RecentFolders();
    for (const folder of ['/a', '/b', '/a', '/c']) recent.note(folder);
    expect(recent.list()).toEqual(['/c', '/a', '/b']);
  });

  it('remembers no more than 32', () => {
    const recent = new RecentFolders();
    for (let index = 0; index < 100; index++) recent.note(`/${index}`);
    expect(recent.list()).toHaveLength(32);
    expect(recent.list()[31]).toBe('/68');
  });
});
