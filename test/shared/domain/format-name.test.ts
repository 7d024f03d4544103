/** Names of formats in sentences: those that drivers title by initials are written so everywhere. */
import { expect, it } from 'vitest';
import { diskDrivers } from '#engine/disks/registry.ts';
import { formatName } from '#shared/domain/format-name.ts';

it('writes initials as the drivers do, and leaves other ids as they are', () => {
  const titled = diskDrivers.filter(({ id, title }) => title === id.toUpperCase());
  expect(titled.map(({ id }) => id)).toEqual(expect.arrayContaining(['vdi', 'vhd', 'vhdx', 'vmdk']));
  for (const { id, title } of titled) expect(formatName(id)).toBe(title);
  expect(['qcow2', 'raw', 'as-is'].map(formatName)).toEqual(['qcow2', 'raw', 'as-is']);
});
