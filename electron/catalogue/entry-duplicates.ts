/** Which entries are duplicates: asked of the catalogue when somebody wants to know, and kept until something changes. */
import { Bits } from './bits.ts';
import type { Catalogue } from './database.ts';
import type { EntryColumns } from './entry-columns.ts';

/**
 * Entries whose files are there and whose guests see the same content, all of which was read. An extent or a data file of
 * another entry is no disk of its own.
 */
export function duplicateSlots(catalogue: Catalogue, columns: EntryColumns): Bits {
  const found = new Bits(columns.ids.length);
  const parts = new Set(
    catalogue
      .rows<[id: number]>(
        `SELECT id FROM image_content_files AS part JOIN images USING (path)
         WHERE part.role = 'part' AND image_id <> id`,
      )
      .flat(),
  );
  const known = catalogue.rows<[root: string, id: number]>(
    `SELECT root, image_id FROM image_contents WHERE root IN
       (SELECT root FROM image_contents WHERE root IS NOT NULL GROUP BY root HAVING count(*) > 1)
     ORDER BY root`,
  );
  let [root, first]: [string | null, number] = [null, -1];
  for (const [own, id] of known) {
    const slot = columns.slotOf(id);
    if (slot === undefined || columns.missing.has(slot) || parts.has(id)) continue;
    if (own === root) {
      found.add(first);
      found.add(slot);
    }
    [root, first] = [own, slot];
  }
  return found;
}
