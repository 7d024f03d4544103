/** A record of which entries changed, so that who keeps the library in memory, in any thread or process, can keep up. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 110,
  up(database) {
    database.exec(`
      CREATE TABLE image_changes (sequence INTEGER PRIMARY KEY, image_id INTEGER NOT NULL) STRICT;
      CREATE TRIGGER images_added AFTER INSERT ON images
        BEGIN INSERT INTO image_changes (image_id) VALUES (new.id); END;
      CREATE TRIGGER images_changed AFTER UPDATE ON images
        BEGIN INSERT INTO image_changes (image_id) VALUES (new.id); END;
      CREATE TRIGGER images_removed AFTER DELETE ON images
        BEGIN INSERT INTO image_changes (image_id) VALUES (old.id); END;
    `);
  },
};
