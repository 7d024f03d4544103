/** What the content of images is known by, which files it was read from, and so when it is out of date. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 240,
  up(database) {
    // What is known of a content goes with the first sign that one of its files is another: nothing stale is ever found.
    database.exec(`
      CREATE TABLE image_contents (
        image_id INTEGER PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
        root TEXT CHECK (length(root) = 64),
        virtual_size_bytes INTEGER CHECK (virtual_size_bytes >= 0),
        distinct_blocks INTEGER CHECK (distinct_blocks >= 0),
        blocks BLOB,
        failure TEXT CHECK (json_valid(failure)),
        read_at TEXT NOT NULL,
        CHECK ((root IS NULL) != (failure IS NULL)),
        CHECK ((root IS NULL) = (blocks IS NULL))
      ) STRICT;
      CREATE INDEX image_contents_by_root ON image_contents (root) WHERE root IS NOT NULL;
      CREATE TABLE image_content_files (
        image_id INTEGER NOT NULL REFERENCES image_contents (image_id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('image', 'parent', 'part')),
        device TEXT NOT NULL,
        inode TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        allocated_bytes INTEGER NOT NULL,
        modified_milliseconds REAL NOT NULL,
        PRIMARY KEY (image_id, path)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX image_content_files_by_path ON image_content_files (path, role);
      CREATE TRIGGER contents_known AFTER INSERT ON image_contents
        BEGIN INSERT INTO image_changes (image_id) VALUES (new.image_id); END;
      CREATE TRIGGER contents_forgotten AFTER DELETE ON image_contents
        BEGIN INSERT INTO image_changes (image_id) VALUES (old.image_id); END;
      CREATE TRIGGER parts_known AFTER INSERT ON image_content_files WHEN new.role = 'part'
        BEGIN INSERT INTO image_changes (image_id) SELECT id FROM images WHERE path = new.path; END;
      CREATE TRIGGER parts_forgotten AFTER DELETE ON image_content_files WHEN old.role = 'part'
        BEGIN INSERT INTO image_changes (image_id) SELECT id FROM images WHERE path = old.path; END;
      CREATE TRIGGER contents_outdated AFTER UPDATE OF file_size_bytes, modified_milliseconds ON images
        BEGIN
          DELETE FROM image_contents WHERE image_id IN (
            SELECT image_id FROM image_content_files WHERE path = new.path
              AND (size_bytes <> new.file_size_bytes
                OR abs(modified_milliseconds - coalesce(new.modified_milliseconds, -1)) >= 1));
        END;
      CREATE TRIGGER contents_moved AFTER UPDATE OF path ON images WHEN old.path <> new.path
        BEGIN
          UPDATE OR REPLACE image_content_files SET path = new.path WHERE image_id = new.id AND path = old.path;
        END;
    `);
  },
};
