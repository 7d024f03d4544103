import { beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '#shared/domain/app.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { changeSettings, readSettings, readValue, writeValue } from '../../../electron/catalogue/settings.ts';

let catalogue: Catalogue;
beforeEach(() => {
  catalogue = openCatalogue(':memory:');
});

describe('settings', () => {
  it('are the defaults until something is chosen', () => {
    expect(readSettings(catalogue)).toEqual(defaultSettings);
    const changed = { ...defaultSettings, theme: 'dark', verifyOutput: false };
    expect(changeSettings(catalogue, { theme: 'dark', verifyOutput: false })).toEqual(changed);
    expect(readSettings(catalogue)).toEqual(changed);
  });

  it('tell a folder that was given up from one that was never chosen', () => {
    expect(changeSettings(catalogue, { outputFolder: '/out' }).outputFolder).toBe('/out');
    expect(changeSettings(catalogue, { outputFolder: null }).outputFolder).toBeNull();
  });

  it('take a stored value that makes no sense for one that was not chosen', () => {
    writeValue(catalogue, 'theme', 'purple');
    writeValue(catalogue, 'outputFolder', 7);
    writeValue(catalogue, 'defaultFormat', '');
    writeValue(catalogue, 'verifyOutput', 'yes');
    writeValue(catalogue, 'unheard of', true);
    expect(readSettings(catalogue)).toEqual(defaultSettings);
  });
});

describe('readValue', () => {
  it('gives back what was written', () => {
    expect(readValue(catalogue, 'window')).toBeUndefined();
    writeValue(catalogue, 'window', { x: 1, maximised: false });
    writeValue(catalogue, 'window', { x: 2, maximised: true });
    expect(readValue(catalogue, 'window')).toEqual({ x: 2, maximised: true });
  });
});
