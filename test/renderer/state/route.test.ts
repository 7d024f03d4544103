/** Routes survive the address bar, whatever a path holds. */
import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute, sameRoute, type Route } from '../../../renderer/state/route.ts';

describe('routes', () => {
  const routes: readonly Route[] = [
    { view: 'library' },
    { view: 'jobs' },
    { view: 'settings' },
    { view: 'image', path: '/home/sam/a b#c?d%25/é.qcow2' },
    { view: 'package', path: 'C:\\Users\\Sam\\a.ova' },
    { view: 'preflight', paths: ['/home/sam/a,b.raw', '/home/sam/c d.qcow2'] },
    { view: 'prepare', path: '/home/sam/a,b.raw', cloud: 'azure', fixes: null },
    { view: 'prepare', path: '/a.raw', cloud: 'google', fixes: ['google.archive', 'image.chain'] },
  ];

  it.each(routes.map((route) => [formatRoute(route), route] as const))('%s comes back', (fragment, route) => {
    expect(parseRoute(fragment)).toEqual(route);
  });

  it.each([
    '',
    '#',
    '#/nowhere',
    '#/image',
    '#/image/',
    '#/image/%E0%A4%A',
    '#/preflight/a,',
    '#/prepare/a',
    '#/prepare/a,',
    'javascript:alert(1)',
  ])('%s leads to the library', (fragment) => {
    expect(parseRoute(fragment)).toEqual({ view: 'library' });
  });

  it('tells routes apart by their path', () => {
    expect(sameRoute({ view: 'image', path: '/a' }, { view: 'image', path: '/a' })).toBe(true);
    expect(sameRoute({ view: 'image', path: '/a' }, { view: 'image', path: '/b' })).toBe(false);
    expect(sameRoute({ view: 'image', path: '/a' }, { view: 'package', path: '/a' })).toBe(false);
  });
});
