/** Paths for display, of POSIX and of Windows. */
import { describe, expect, it } from 'vitest';
import { fileNameOf, folderOf, joinPath, pathSteps, separatorOf, shortenHome } from '#shared/text/paths.ts';

describe('parts of a path', () => {
  it.each([
    ['/home/sam/a.ova', 'a.ova', '/home/sam'],
    ['/a', 'a', '/'],
    ['/', '/', '/'],
    ['/home/sam/', 'sam', '/home'],
    ['/with\\backslash', 'with\\backslash', '/'],
    ['C:\\Users\\Sam\\a.ova', 'a.ova', 'C:\\Users\\Sam'],
    ['C:\\a.ova', 'a.ova', 'C:\\'],
    ['C:/Users/a.ova', 'a.ova', 'C:/Users'],
  ])('%s', (path, name, folder) => {
    expect(fileNameOf(path)).toBe(name);
    expect(folderOf(path)).toBe(folder);
  });

  it('ends at the root', () => {
    expect(folderOf('C:\\')).toBe('C:\\');
    expect(fileNameOf('C:\\')).toBe('C:');
  });

  it('knows the separator', () => {
    expect(separatorOf('\\\\server\\share\\x')).toBe('\\');
    expect(separatorOf('/x')).toBe('/');
  });
});

describe('joining and walking', () => {
  it('joins without doubling the separator', () => {
    expect(joinPath('/', 'a')).toBe('/a');
    expect(joinPath('/home', 'a')).toBe('/home/a');
    expect(joinPath('C:\\', 'a')).toBe('C:\\a');
    expect(joinPath('C:\\Users', 'a')).toBe('C:\\Users\\a');
  });

  it('lists the folders on the way', () => {
    expect(pathSteps('/home/sam')).toEqual([
      { title: '/', path: '/' },
      { title: 'home', path: '/home' },
      { title: 'sam', path: '/home/sam' },
    ]);
    expect(pathSteps('C:\\Users').map((step) => step.path)).toEqual(['C:\\', 'C:\\Users']);
  });
});

describe('the home folder', () => {
  it('is a tilde, and only for what lies in it', () => {
    expect(shortenHome('/home/sam/a', '/home/sam')).toBe('~/a');
    expect(shortenHome('/home/sam', '/home/sam')).toBe('~');
    expect(shortenHome('/home/samuel/a', '/home/sam')).toBe('/home/samuel/a');
    expect(shortenHome('C:\\Users\\Sam\\a', 'C:\\Users\\Sam')).toBe('~\\a');
    expect(shortenHome('/a', '/')).toBe('/a');
    expect(shortenHome('/a', '')).toBe('/a');
  });
});
