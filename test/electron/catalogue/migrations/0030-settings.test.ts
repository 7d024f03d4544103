import { describe, expect, it } from 'vitest';
import { columnsOf, databaseAt } from './step.ts';

describe('migration 30', () => {
  it('makes the settings: one JSON value per name', () => {
    const database = databaseAt(30);
    expect(columnsOf(database, 'settings')).toEqual(['name', 'value']);
    const statement = database.prepare('INSERT INTO settings (name, value) VALUES (?, ?)');
    statement.run('theme', '"dark"');
    expect(() => statement.run('theme', '"light"')).toThrow('UNIQUE');
    expect(() => statement.run('other', 'dark')).toThrow('CHECK');
  });
});
