/** The words of entries: an index in the database that follows the record of changes, and is asked for entries. */
import { basename } from 'node:path';
import { anywhereFrom, folded, wordsOf } from '#shared/query/words.ts';
import type { Catalogue } from './database.ts';
import { mostAlike } from '#shared/query/similar-words.ts';

interface TextRow {
  image_id: number;
  id: number | null;
  path: string;
  note: string | null;
  format: string;
  guest: string | null;
  source: string | null;
  tags: string | null;
}

/** Entries in one transaction: others wait for it. */
const entriesAtATime = 500;
/** Shorter words have too many that are like them. */
const correctedFrom = 4;
const longestWord = 40;

/** Which part of an entry's text is searched; null: all of it. */
export type TextPart = 'note' | null;

export class EntryText {
  readonly #catalogue: Catalogue;
  /**
   * The words that entries hold, as far as they may be what somebody meant: read once, when all words are in, and with those
   * that came since. What the last entry has lost is still among them.
   */
  #vocabulary: Set<string> | null = null;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** Takes in changes, at most about so many. @returns whether all are in. */
  catchUp(limit = Infinity): boolean {
    // Where nothing is new, nobody waits for those who write.
    for (let done = 0; this.#isBehind(); done += entriesAtATime) {
      if (done >= limit) return false;
      this.#catalogue.transaction(() => this.#takeSome());
    }
    return true;
  }

  /** The words that corrections are taken from: read before somebody mistypes one, once all words are in. */
  prepareCorrections(): Set<string> {
    return (this.#vocabulary ??= new Set(
      this.#catalogue
        .column<string>("SELECT term FROM entry_vocabulary WHERE term > '9'")
        .filter((term) => mayBeMeant(term)),
    ));
  }

  /**
   * The ids of entries that hold a text that is folded already in their own words, which are not those of their folders: from
   * three characters on anywhere, shorter ones where a word begins. Null: what is no word is in all of them.
   */
  find(text: string, part: TextPart = null): readonly number[] | null {
    const column = part === null ? '' : `${part} : `;
    if ([...text].length >= anywhereFrom) {
      return this.#ids('entry_trigrams', `${column}${phrase(text)}`);
    }
    const [first, ...others] = wordsOf(text);
    if (first === undefined) return null;
    return this.#ids(
      'entry_words',
      [first, ...others].map((word) => `${column}${phrase(word)} *`).join(' AND '),
    );
  }

  /** Words that entries or `others` hold and that are much like this one, which none of them holds. */
  similar(text: string, others: Iterable<string>): readonly string[] {
    const words = wordsOf(text);
    if (words.length !== 1 || [...text].length < correctedFrom || words[0] !== text) return [];
    return mostAlike(text, [this.prepareCorrections(), others]);
  }

  #ids(table: string, match: string): number[] {
    return this.#catalogue.column<number>(`SELECT rowid FROM ${table} WHERE ${table} MATCH @match`, {
      match,
    });
  }

  #isBehind(): boolean {
    return (
      this.#catalogue.get(
        'SELECT 1 FROM image_changes WHERE sequence > (SELECT sequence FROM text_index) LIMIT 1',
      ) !== undefined
    );
  }

  #takeSome(): void {
    const catalogue = this.#catalogue;
    const { sequence } = catalogue.get<{ sequence: number }>('SELECT sequence FROM text_index')!;
    const last = catalogue.get<{ last: number | null }>(
      `SELECT max(sequence) AS last FROM
         (SELECT sequence FROM image_changes WHERE sequence > @sequence ORDER BY sequence LIMIT ${entriesAtATime})`,
      { sequence },
    )!;
    if (last.last === null) return;
    const rows = catalogue.all<TextRow>(
      `SELECT image_id, id, path, note, format, guest, origin ->> '$.sourcePath' AS source,
         (SELECT group_concat(name, ' ') FROM image_tags JOIN tags ON tags.id = tag_id WHERE image_tags.image_id = images.id) AS tags
       FROM (SELECT DISTINCT image_id FROM image_changes WHERE sequence > @sequence AND sequence <= @last)
       LEFT JOIN images ON images.id = image_id`,
      { sequence, last: last.last },
    );
    for (const row of rows) this.#put(row);
    catalogue.run('UPDATE text_index SET sequence = @last', { last: last.last });
  }

  #put(row: TextRow): void {
    const catalogue = this.#catalogue;
    const id = row.image_id;
    const values = row.id === null ? null : { id, ...textOf(row) };
    if (values !== null && this.#vocabulary !== null) {
      for (const word of wordsOf(`${values.name}\n${values.note}\n${values.rest}`)) {
        if (mayBeMeant(word)) this.#vocabulary.add(word);
      }
    }
    for (const table of ['entry_words', 'entry_trigrams']) {
      if (values === null) catalogue.run(`DELETE FROM ${table} WHERE rowid = @id`, { id });
      else {
        catalogue.run(
          `INSERT OR REPLACE INTO ${table} (rowid, name, note, rest) VALUES (@id, @name, @note, @rest)`,
          values,
        );
      }
    }
  }
}

/** What is short has too many words like it; what begins with a number, or is a digest, nobody mistypes. */
function mayBeMeant(word: string): boolean {
  return word > '9' && word.length >= correctedFrom - 1 && word.length <= longestWord;
}

function textOf({ path, note, format, guest, source, tags }: TextRow): {
  name: string;
  note: string;
  rest: string;
} {
  const rest = [tags, guest, format, source === null ? null : basename(source)];
  return {
    name: folded(basename(path)),
    note: folded(note ?? ''),
    // No word goes on from one of these into the next.
    rest: folded(rest.filter((one) => one !== null).join('\n')),
  };
}

/** A text as FTS5 takes it word for word. FTS5, "Full-text Query Syntax". */
function phrase(text: string): string {
  return `"${text.replace(/"/g, '""')}"`;
}
