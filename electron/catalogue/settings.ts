/** Queries about what a person has chosen. A stored value that makes no sense counts as not chosen. */
import { defaultSettings, type LanguageChoice, type ListColumns, type Settings } from '#shared/domain/app.ts';
import type { JobLimits } from '#shared/domain/job.ts';
import { languages } from '#shared/language.ts';
import type { Catalogue } from './database.ts';

type Check<T> = (value: unknown) => value is T;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isCount = (value: unknown, least: number): boolean =>
  value === null || (Number.isSafeInteger(value) && Number(value) >= least);

function isLimits(value: unknown): value is JobLimits {
  if (value === null || typeof value !== 'object') return false;
  const { bytesPerSecond, workers, lowPriority } = value as Record<keyof JobLimits, unknown>;
  return isCount(bytesPerSecond, 1) && isCount(workers, 0) && typeof lowPriority === 'boolean';
}

function isListColumns(value: unknown): value is ListColumns {
  if (value === null || typeof value !== 'object') return false;
  const { hidden, widths } = value as Record<keyof ListColumns, unknown>;
  return (
    Array.isArray(hidden) &&
    hidden.every(isText) &&
    widths !== null &&
    typeof widths === 'object' &&
    Object.values(widths).every((width) => typeof width === 'number' && width > 0)
  );
}

function isLanguageChoice(value: unknown): value is LanguageChoice {
  return value === 'system' || languages.some((language) => language === value);
}

const checks: { readonly [Name in keyof Settings]: Check<Settings[Name]> } = {
  theme: (value) => value === 'system' || value === 'light' || value === 'dark',
  density: (value) => value === 'comfortable' || value === 'compact',
  language: isLanguageChoice,
  outputFolder: (value) => value === null || isText(value),
  defaultFormat: isText,
  verifyOutput: (value) => typeof value === 'boolean',
  limits: isLimits,
  contents: (value) => value === 'always' || value === 'on-mains' || value === 'off',
  contentsOnDrives: (value) => typeof value === 'boolean',
  listColumns: isListColumns,
  libraryView: (value) => value === 'list' || value === 'grid' || value === 'space',
};
const names = Object.keys(checks) as (keyof Settings)[];

/** The settings, with the defaults for what was never chosen. */
export function readSettings(catalogue: Catalogue): Settings {
  const entries = names.map((name) => {
    const value = readValue(catalogue, name);
    return [name, checks[name](value) ? value : defaultSettings[name]];
  });
  return Object.fromEntries(entries) as Settings;
}

/** What of some values from outside are settings that make sense. */
export function validSettings(values: Readonly<Record<string, unknown>>): Partial<Settings> {
  const valid = names.filter((name) => checks[name](values[name]));
  return Object.fromEntries(valid.map((name) => [name, values[name]]));
}

type Changes = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

/** Stores the settings given and returns all of them. */
export function changeSettings(catalogue: Catalogue, changes: Changes): Settings {
  return catalogue.transaction(() => {
    for (const name of names) {
      const value = changes[name];
      if (value !== undefined) writeValue(catalogue, name, value);
    }
    return readSettings(catalogue);
  });
}

/** The value stored under a name, to be checked by who reads it; undefined when there is none. */
export function readValue(catalogue: Catalogue, name: string): unknown {
  const row = catalogue.get<{ value: string }>('SELECT value FROM settings WHERE name = @name', { name });
  return row === undefined ? undefined : (JSON.parse(row.value) as unknown);
}

/** Stores a value that JSON can hold under a name. */
export function writeValue(catalogue: Catalogue, name: string, value: unknown): void {
  catalogue.run('INSERT OR REPLACE INTO settings (name, value) VALUES (@name, @value)', {
    name,
    value: JSON.stringify(value),
  });
}
