/** The index of words holds names, not paths: folders are few, and what lies in the same one shares its words. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 280,
  up(database) {
    // All entries count as changed, so that whoever keeps the index takes in their words again.
    database.exec(`
      DROP TABLE entry_vocabulary;
      DROP TABLE entry_words;
      DROP TABLE entry_trigrams;
      CREATE VIRTUAL TABLE entry_words USING fts5 (
        name, note, rest,
        tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2', detail = column, content = '', contentless_delete = 1
      );
      CREATE VIRTUAL TABLE entry_vocabulary USING fts5vocab (entry_words, row);
      CREATE VIRTUAL TABLE entry_trigrams USING fts5 (
        name, note, rest,
        tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1
      );
      UPDATE text_index SET sequence = (SELECT coalesce(max(sequence), 0) FROM image_changes);
      INSERT INTO image_changes (image_id) SELECT id FROM images;
    `);
  },
};
