/** What a person changes in the catalogue, each step with the way back: rows as they were, and as they became. */
import { Failure } from '#shared/failure.ts';
import { asValue, inEnglish, type Message } from '#shared/in-english.ts';
import type { Catalogue, SqlValue } from './database.ts';
import { messageOf, storedMessage } from './stored-message.ts';

export type Row = Readonly<Record<string, SqlValue>>;

/** One row, before and after: null where there is none. Of a row that stays, only its key and what is other. */
export interface RowChange {
  /** A table of the catalogue, or `file`: the file of an entry was renamed from `before.path` to `after.path`. */
  readonly table: string;
  readonly before: Row | null;
  readonly after: Row | null;
}

export interface Edit {
  readonly id: number;
  /** What was done, in words that a menu can show. */
  readonly label: Message;
  readonly changes: readonly RowChange[];
}

export type Direction = 'undo' | 'redo';

const editsKept = 200;

/** What tells a row of its table from all others. */
const keys: Readonly<Record<string, readonly string[]>> = {
  images: ['id'],
  image_tags: ['image_id', 'tag_id'],
  tags: ['id'],
  saved_searches: ['id'],
  seen_files: ['folder', 'name'],
};

/**
 * What hangs on an entry and follows from its files alone is no part of an edit: they may be others by the time that it is put back,
 * and so they are read anew then.
 */
const derived = new Set(['image_contents']);

/** Changes rows and puts on record how they were. */
export class EditChanges {
  readonly #catalogue: Catalogue;
  readonly made: RowChange[] = [];

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** Adds a row. @returns it, with what the database gave it. */
  insert<Inserted>(table: string, values: Row): Inserted {
    const row = insertRow(this.#catalogue, table, values);
    this.made.push({ table, before: null, after: row });
    return row as Inserted;
  }

  /** Sets columns of the row with that key; false when there is none, or nothing is other. */
  update(table: string, key: Row, values: Row): boolean {
    const row = this.#find(table, key);
    if (row === undefined) return false;
    const other = Object.keys(values).filter((name) => row[name] !== values[name]);
    if (other.length === 0) return false;
    const now = Object.fromEntries(other.map((name) => [name, values[name]!]));
    const before = Object.fromEntries(other.map((name) => [name, row[name]!]));
    updateRow(this.#catalogue, table, { ...key, ...before }, { ...key, ...now });
    this.made.push({ table, before: { ...key, ...before }, after: { ...key, ...now } });
    return true;
  }

  /** Removes the row with that key, and all that goes with it; false when there is none. */
  delete(table: string, key: Row): boolean {
    const row = this.#find(table, key);
    if (row === undefined) return false;
    for (const { name, column, to } of dependents(this.#catalogue, table)) {
      const rows = this.#catalogue.all<Row>(`SELECT * FROM ${quote(name)} WHERE ${quote(column)} = @value`, {
        value: row[to]!,
      });
      this.made.push(...rows.map((one) => ({ table: name, before: one, after: null })));
    }
    this.made.push({ table, before: row, after: null });
    deleteRow(this.#catalogue, table, row);
    return true;
  }

  /** A file has been renamed: undoing gives it its old name again. */
  renamedFile(from: string, to: string): void {
    this.made.push({ table: 'file', before: { path: from }, after: { path: to } });
  }

  #find(table: string, key: Row): Row | undefined {
    const where = Object.keys(key).map((name) => `${quote(name)} = @${name}`);
    return this.#catalogue.get<Row>(`SELECT * FROM ${quote(table)} WHERE ${where.join(' AND ')}`, key);
  }
}

/**
 * Carries out an edit as one transaction, and puts it on record; what was undone before cannot be done again then. One
 * that changes nothing leaves no trace.
 */
export function edit<T>(catalogue: Catalogue, label: Message, make: (changes: EditChanges) => T): T {
  return catalogue.transaction(() => {
    const changes = new EditChanges(catalogue);
    const result = make(changes);
    if (changes.made.length === 0) return result;
    catalogue.run('DELETE FROM edits WHERE undone = 1');
    const { id } = catalogue.get<{ id: number }>(
      'INSERT INTO edits (label, made_at) VALUES (@label, @madeAt) RETURNING id',
      { label: storedMessage(label), madeAt: new Date().toISOString() },
    )!;
    for (const [sequence, { table, before, after }] of changes.made.entries()) {
      catalogue.run(
        `INSERT INTO edit_changes (edit_id, sequence, "table", before, after)
         VALUES (@id, @sequence, @table, @before, @after)`,
        {
          id,
          sequence,
          table,
          before: before && JSON.stringify(before),
          after: after && JSON.stringify(after),
        },
      );
    }
    catalogue.run(
      `DELETE FROM edits WHERE id <= (SELECT id FROM edits ORDER BY id DESC LIMIT 1 OFFSET ${editsKept})`,
    );
    return result;
  });
}

/** The edit that would be undone, or done again, next; null when there is none. */
export function nextEdit(catalogue: Catalogue, direction: Direction): Edit | null {
  const found = nextLabel(catalogue, direction);
  if (found === null) return null;
  const rows = catalogue.all<{ table: string; before: string | null; after: string | null }>(
    'SELECT "table", before, after FROM edit_changes WHERE edit_id = @id ORDER BY sequence',
    { id: found.id },
  );
  const changes = rows.map(({ table, before, after }) => ({
    table,
    before: before === null ? null : (JSON.parse(before) as Row),
    after: after === null ? null : (JSON.parse(after) as Row),
  }));
  return { ...found, changes };
}

/** The same without its rows. */
export function nextLabel(
  catalogue: Catalogue,
  direction: Direction,
): { readonly id: number; readonly label: Message } | null {
  const row = catalogue.get<{ id: number; label: string }>(
    direction === 'undo'
      ? 'SELECT id, label FROM edits WHERE undone = 0 ORDER BY id DESC LIMIT 1'
      : 'SELECT id, label FROM edits WHERE undone = 1 ORDER BY id LIMIT 1',
  );
  return row === undefined ? null : { id: row.id, label: messageOf(row.label) };
}

/**
 * Undoes an edit, or does it again: all of its rows or none. Files are the caller's.
 * @throws Failure `input.invalid` when what it changed has been changed again since, by something that cannot be undone.
 */
export function applyEdit(catalogue: Catalogue, { id, label, changes }: Edit, direction: Direction): void {
  catalogue.transaction(() => {
    const ordered = direction === 'undo' ? [...changes].reverse() : changes;
    for (const { table, before, after } of ordered) {
      // Earlier versions recorded what is derived, too.
      if (table === 'file' || derived.has(table)) continue;
      if (keys[table] === undefined && !isTable(catalogue, table)) throw outdated(label);
      const [from, to] = direction === 'undo' ? [after, before] : [before, after];
      if (!turn(catalogue, table, from, to)) throw outdated(label);
    }
    catalogue.run('UPDATE edits SET undone = @undone WHERE id = @id', {
      id,
      undone: direction === 'undo' ? 1 : 0,
    });
  });
}

/** Forgets an edit that cannot be taken back any more: those before it can. */
export function forgetEdit(catalogue: Catalogue, { id }: Edit): void {
  catalogue.run('DELETE FROM edits WHERE id = @id', { id });
}

/** The entries that an edit is about; null where it is about all of them. */
export function editedImages({ changes }: Edit): number[] | null {
  const ids = new Set<number>();
  for (const { table, before, after } of changes) {
    const row = before ?? after ?? {};
    const id = table === 'images' ? row['id'] : row['image_id'];
    if (typeof id === 'number') ids.add(id);
    else if (table === 'tags') return null;
  }
  return [...ids];
}

function outdated(label: Message): Failure {
  return new Failure('input.invalid', {
    problem: inEnglish('“{label}” cannot be taken back: the library has changed since', {
      label: asValue(label),
    }),
  });
}

function turn(catalogue: Catalogue, table: string, from: Row | null, to: Row | null): boolean {
  if (to === null) return from === null || deleteRow(catalogue, table, from);
  if (from !== null) return updateRow(catalogue, table, from, to);
  try {
    insertRow(catalogue, table, to);
    return true;
  } catch (error) {
    // The place was taken: a path, a tag's name.
    if (/^SQLITE_CONSTRAINT/.test(String((Failure.from(error).details as { reason?: unknown }).reason)))
      return false;
    throw error;
  }
}

function insertRow(catalogue: Catalogue, table: string, row: Row): Row {
  const names = Object.keys(row);
  return catalogue.get<Row>(
    `INSERT INTO ${quote(table)} (${names.map(quote).join(', ')})
     VALUES (${names.map((name) => `@${name}`).join(', ')}) RETURNING *`,
    row,
  )!;
}

/** Only a row that still is what it was changed into. */
function updateRow(catalogue: Catalogue, table: string, from: Row, to: Row): boolean {
  const names = Object.keys(to);
  const values = Object.fromEntries([
    ...names.map((name) => [`to_${name}`, to[name]!] as const),
    ...names.map((name) => [`from_${name}`, from[name] ?? null] as const),
  ]);
  const { changes } = catalogue.run(
    `UPDATE ${quote(table)} SET ${names.map((name) => `${quote(name)} = @to_${name}`).join(', ')}
     WHERE ${names.map((name) => `${quote(name)} IS @from_${name}`).join(' AND ')}`,
    values,
  );
  return changes === 1;
}

function deleteRow(catalogue: Catalogue, table: string, row: Row): boolean {
  const names = keys[table] ?? Object.keys(row);
  const key = Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
  const { changes } = catalogue.run(
    `DELETE FROM ${quote(table)} WHERE ${names.map((name) => `${quote(name)} IS @${name}`).join(' AND ')}`,
    key,
  );
  return changes > 0;
}

/** The tables whose rows go with a row of `table`, and the columns by which they hang on it. */
function dependents(
  catalogue: Catalogue,
  table: string,
): { readonly name: string; readonly column: string; readonly to: string }[] {
  const found = catalogue.all<{ name: string; column: string; to: string }>(
    `SELECT tables.name, "from" AS "column", coalesce("to", 'id') AS "to"
     FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
     WHERE tables.type = 'table' AND keys."table" = @table AND keys.on_delete = 'CASCADE'
       AND tables.name <> 'edit_changes'`,
    { table },
  );
  return found.filter(({ name }) => !derived.has(name));
}

function isTable(catalogue: Catalogue, name: string): boolean {
  return (
    catalogue.get(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = @name`, { name }) !== undefined
  );
}

function quote(name: string): string {
  return `"${name.replace(/"/g, '""')}"`;
}
