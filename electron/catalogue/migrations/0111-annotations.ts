/** What a person says of entries (tags, notes, ratings, saved searches), every edit with the way back, and the words to search. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 111,
  up(database) {
    // The index of words holds no text of its own; `text_index` says up to which change it is true.
    database.exec(`
      ALTER TABLE images ADD COLUMN rating INTEGER CHECK (rating BETWEEN 1 AND 5);
      ALTER TABLE images ADD COLUMN note TEXT CHECK (note <> '');
      ALTER TABLE images ADD COLUMN guest TEXT;
      CREATE TABLE tags (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (name <> ''),
        color TEXT NOT NULL
      ) STRICT;
      CREATE TABLE image_tags (
        image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
        tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
        PRIMARY KEY (image_id, tag_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX image_tags_by_tag ON image_tags (tag_id, image_id);
      CREATE TRIGGER tags_given AFTER INSERT ON image_tags
        BEGIN INSERT INTO image_changes (image_id) VALUES (new.image_id); END;
      CREATE TRIGGER tags_taken AFTER DELETE ON image_tags
        BEGIN INSERT INTO image_changes (image_id) VALUES (old.image_id); END;
      CREATE TRIGGER tags_changed AFTER UPDATE ON tags
        BEGIN INSERT INTO image_changes (image_id) SELECT image_id FROM image_tags WHERE tag_id = new.id; END;
      CREATE TABLE saved_searches (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (name <> ''),
        query TEXT NOT NULL
      ) STRICT;
      CREATE TABLE edits (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        label TEXT NOT NULL,
        made_at TEXT NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1))
      ) STRICT;
      CREATE TABLE edit_changes (
        edit_id INTEGER NOT NULL REFERENCES edits (id) ON DELETE CASCADE,
        sequence INTEGER NOT NULL,
        "table" TEXT NOT NULL,
        before TEXT CHECK (json_valid(before)),
        after TEXT CHECK (json_valid(after)),
        PRIMARY KEY (edit_id, sequence)
      ) STRICT, WITHOUT ROWID;
      CREATE VIRTUAL TABLE entry_words USING fts5 (
        path, note, rest,
        tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2', detail = column, content = '', contentless_delete = 1
      );
      CREATE VIRTUAL TABLE entry_vocabulary USING fts5vocab (entry_words, row);
      CREATE VIRTUAL TABLE entry_trigrams USING fts5 (
        path, note, rest,
        tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1
      );
      CREATE TABLE text_index (sequence INTEGER NOT NULL) STRICT;
      INSERT INTO text_index SELECT coalesce(max(sequence), 0) FROM image_changes;
      INSERT INTO image_changes (image_id) SELECT id FROM images;
    `);
  },
};
