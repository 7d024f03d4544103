import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it, vi } from 'vitest';
import type { AppRequest } from '../../../shared/domain/app.ts';

const opened = vi.hoisted(() => [] as string[]);
vi.mock('electron', () => ({
  app: { getName: () => 'Platter', showAboutPanel: () => opened.push('about') },
  Menu: {},
  shell: { openPath: (path: string) => Promise.resolve(opened.push(path)) },
}));
const { menuTemplate } = await import('../../../electron/shell/menu.ts');

function menu(mac: boolean, developing = false) {
  const asked: AppRequest[] = [];
  const template = menuTemplate(
    { ask: (request) => asked.push(request), libraryFolder: '/library', developing },
    mac,
  );
  const items = template.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
  const click = (found: MenuItemConstructorOptions | undefined): void => {
    (found?.click as (() => void) | undefined)?.();
  };
  return { asked, template, items, click };
}

describe('the menu', () => {
  it.each([true, false])('opens files, settings and views by shortcut (mac: %s)', (mac) => {
    const { items, asked, click } = menu(mac);
    const keys = ['CmdOrCtrl+O', 'CmdOrCtrl+,', 'CmdOrCtrl+1', 'CmdOrCtrl+2'];
    for (const key of keys) click(items.find(({ accelerator }) => accelerator === key));
    expect(asked).toEqual([
      { kind: 'command', id: 'open' },
      { kind: 'command', id: 'settings' },
      { kind: 'command', id: 'library' },
      { kind: 'command', id: 'jobs' },
    ]);
  });

  it('has every shortcut and every id once', () => {
    for (const mac of [true, false]) {
      const { items } = menu(mac, true);
      const keys = items.flatMap(({ accelerator }) => accelerator ?? []);
      const ids = items.flatMap(({ id }) => id ?? []);
      expect(new Set(keys).size).toBe(keys.length);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('puts About, Settings and Quit where each system has them', () => {
    const roles = (items: readonly MenuItemConstructorOptions[]) => items.map(({ role, id }) => role ?? id);
    const [appMenu] = menu(true).template;
    expect(roles(appMenu!.submenu as MenuItemConstructorOptions[])).toEqual(
      expect.arrayContaining(['about', 'settings', 'quit']),
    );
    const [fileMenu] = menu(false).template;
    expect(roles(fileMenu!.submenu as MenuItemConstructorOptions[])).toEqual(
      expect.arrayContaining(['open', 'settings', 'close', 'quit']),
    );
  });

  it('shows the library’s folder and what Platter is', () => {
    const { items, click } = menu(false);
    click(items.find(({ id }) => id === 'library-folder'));
    click(items.find(({ label }) => label === '&About Platter'));
    expect(opened).toEqual(['/library', 'about']);
  });

  it('keeps developer tools to developers', () => {
    expect(menu(false).items.some(({ role }) => role === 'toggleDevTools')).toBe(false);
    expect(menu(false, true).items.some(({ role }) => role === 'toggleDevTools')).toBe(true);
  });
});
