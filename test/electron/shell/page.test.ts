import { describe, expect, it } from 'vitest';
import { builtPage, pageAt } from '../../../electron/shell/page.ts';

describe('a page', () => {
  it.each(['app://platter/index.html', 'app://platter/', 'app://platter/assets/a.js?x#y'])(
    'owns %s',
    (address) => {
      expect(builtPage.owns(address)).toBe(true);
    },
  );

  it.each([
    'app://other/index.html',
    'app://platter.evil/index.html',
    'app://platter:1/',
    'https://platter/index.html',
    'file:///index.html',
    'data:text/html,x',
    'about:blank',
    'javascript:void 0',
    'not an address',
    '',
  ])('does not own %s', (address) => {
    expect(builtPage.owns(address)).toBe(false);
  });

  it('may lie on a port while developing', () => {
    const page = pageAt('http://127.0.0.1:5173/');
    expect(page.owns('http://127.0.0.1:5173/main.ts')).toBe(true);
    expect(page.owns('http://127.0.0.1:5174/')).toBe(false);
    expect(page.owns('app://platter/')).toBe(false);
  });
});
