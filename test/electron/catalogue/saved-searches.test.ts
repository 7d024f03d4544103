import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import {
  listSavedSearches,
  orderSavedSearches,
  removeSavedSearch,
  saveSearch,
} from '../../../electron/catalogue/annotations.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { applyEdit, nextEdit } from '../../../electron/catalogue/edits.ts';
import { migrations } from '../../../electron/catalogue/migrations/list.ts';

describe('the order of saved searches', () => {
  it('is that in which they were kept, until a person gives another one, and can be taken back', () => {
    const catalogue = openCatalogue(':memory:');
    const names = (): string[] => listSavedSearches(catalogue).map(({ name }) => name);
    const [b, a, c] = ['b', 'a', 'c'].map((name) => saveSearch(catalogue, { name, query: name }).id);
    expect(names()).toEqual(['b', 'a', 'c']);
    orderSavedSearches(catalogue, [c!, b!]);
    expect(names()).toEqual(['c', 'b', 'a']);
    removeSavedSearch(catalogue, b!);
    expect(names()).toEqual(['c', 'a']);
    applyEdit(catalogue, nextEdit(catalogue, 'undo')!, 'undo');
    expect(names()).toEqual(['c', 'b', 'a']);
    applyEdit(catalogue, nextEdit(catalogue, 'undo')!, 'undo');
    expect(names()).toEqual(['b', 'a', 'c']);
    expect(a).toBeDefined();
  });

  it('begins as that of their names in a library from before', () => {
    const database = new Database(':memory:');
    for (const { version, up } of migrations) if (version < 270) up(database);
    database.exec("INSERT INTO saved_searches (name, query) VALUES ('b', ''), ('C', ''), ('a', '')");
    migrations.find(({ version }) => version === 270)!.up(database);
    const rows = database.prepare('SELECT name FROM saved_searches ORDER BY position').pluck().all();
    expect(rows).toEqual(['a', 'b', 'C']);
  });
});
