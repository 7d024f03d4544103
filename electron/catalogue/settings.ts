/** Queries about what a person has chosen. A stored value that makes no sense counts as not chosen. */
import * as z from 'zod';
import { defaultSettings, type Settings } from '#shared/domain/app.ts';
import type { Catalogue } from './database.ts';

const settingSchemas: { readonly [Name in keyof Settings]: z.ZodType<Settings[Name]> } = {
  theme: z.enum(['system', 'light', 'dark']),
  outputFolder: z.string().min(1).nullable(),
  defaultFormat: z.string().min(1),
  verifyOutput: z.boolean(),
};

/** The settings, with the defaults for what was never chosen. */
export function readSettings(catalogue: Catalogue): Settings {
  const entries = (Object.keys(settingSchemas) as (keyof Settings)[]).map((name) => {
    const parsed = settingSchemas[name].safeParse(readValue(catalogue, name));
    return [name, parsed.success ? parsed.data : defaultSettings[name]];
  });
  return Object.fromEntries(entries) as Settings;
}

/** Stores the settings given and returns all of them. */
export function changeSettings(catalogue: Catalogue, changes: Partial<Settings>): Settings {
  return catalogue.transaction(() => {
    for (const name of Object.keys(settingSchemas) as (keyof Settings)[]) {
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
