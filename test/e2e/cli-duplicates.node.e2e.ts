// The built command line finds the same disk in two formats.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { noise, writeRawDisk } from '../electron/engine/pattern.ts';
import { expect, test } from './app.ts';
import { CommandLine } from './command-line.ts';

test('the command line finds disks that are in the library more than once, in whatever format', () => {
  const folder = mkdtempSync(join(tmpdir(), 'platter-duplicates-'));
  try {
    const cli = new CommandLine(folder);
    const raw = writeRawDisk(join(folder, 'one.raw'), 8 << 20, [{ at: 0, bytes: noise(3 << 20) }]);
    const other = writeRawDisk(join(folder, 'other.raw'), 8 << 20, [{ at: 0, bytes: noise(1 << 20, 5) }]);
    const converted = join(folder, 'one.vmdk');
    cli.json('convert', raw, converted, '--to', 'vmdk');
    cli.json('library', 'add', raw, converted, other);
    expect(cli.jsonWith(1, 'library', 'duplicates')).toMatchObject({
      groupCount: 0,
      contents: { total: 3, known: 0 },
    });
    const { groups, gainBytes, contents } = cli.json('library', 'duplicates', '--read');
    expect(contents).toEqual({ total: 3, known: 3, unreadable: 0 });
    expect(groups).toHaveLength(1);
    expect(groups[0].entries.map((one: { entry: { path: string } }) => one.entry.path).sort()).toEqual([
      raw,
      converted,
    ]);
    expect(gainBytes).toBeGreaterThan(0);
    const found = cli.json('library', 'list', `content:${groups[0].root.slice(0, 12)}`).entries;
    expect(found).toHaveLength(2);
    expect(cli.json('library', 'list', 'is:duplicate').entries).toHaveLength(2);
    expect(cli.run('library', 'duplicates').out).toContain('1 disk more than once');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
