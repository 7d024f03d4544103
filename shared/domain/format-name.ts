/** What formats are called within a sentence. */

/** Formats whose names are initials; the others are written as their ids: qcow2, raw. */
const initials: ReadonlySet<string> = new Set([
  'ami',
  'iso',
  'luks',
  'ova',
  'ovf',
  'uec',
  'vdi',
  'vhd',
  'vhdx',
  'vmdk',
]);

/** The format's name, from its id. */
export function formatName(id: string): string {
  return initials.has(id) ? id.toUpperCase() : id;
}
