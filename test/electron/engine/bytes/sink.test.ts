import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OutputFile, partialSuffix } from '#engine/bytes/sink.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const leftovers = (): string[] => readdirSync(folder).filter((name) => name.endsWith(partialSuffix));

describe('OutputFile', () => {
  it('has its name only after commit', () => {
    const path = join(folder, 'a.raw');
    const control = quietControl();
    const output = new OutputFile(path, false, control);
    output.write(10, new Uint8Array([1, 2, 3]));
    output.truncate(20);
    expect(existsSync(path)).toBe(false);
    expect([...control.partials]).toEqual([output.partialPath]);
    output.sync();
    output.commit();
    expect([...readFileSync(path)].slice(9, 14)).toEqual([0, 1, 2, 3, 0]);
    expect(statSync(path).size).toBe(20);
    expect(control.partials.size).toBe(0);
    expect(leftovers()).toEqual([]);
  });

  it('leaves nothing when discarded', () => {
    const path = join(folder, 'b.raw');
    const control = quietControl();
    const output = new OutputFile(path, false, control);
    output.write(0, new Uint8Array(4096));
    output.discard();
    expect(existsSync(path)).toBe(false);
    expect(leftovers()).toEqual([]);
    expect(control.partials.size).toBe(0);
  });

  it('does not replace a file without being told', () => {
    const path = join(folder, 'c.raw');
    writeFileSync(path, 'precious');
    expect(() => new OutputFile(path, false, quietControl())).toThrow('io.exists');
    const output = new OutputFile(path, true, quietControl());
    output.write(0, new TextEncoder().encode('new'));
    expect(readFileSync(path, 'utf8')).toBe('precious');
    output.commit();
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('keeps a file that appeared under its name meanwhile', () => {
    const path = join(folder, 'd.raw');
    const output = new OutputFile(path, false, quietControl());
    writeFileSync(path, 'someone else');
    expect(() => output.commit()).toThrow('io.exists');
    output.discard();
    expect(readFileSync(path, 'utf8')).toBe('someone else');
    expect(leftovers()).toEqual([]);
  });

  it('can be taken back', () => {
    const path = join(folder, 'e.raw');
    const output = new OutputFile(path, false, quietControl());
    output.commit();
    output.withdraw();
    expect(existsSync(path)).toBe(false);
  });

  it('names a folder that is not there', () => {
    expect(() => new OutputFile(join(folder, 'absent', 'f.raw'), false, quietControl())).toThrow(
      'io.not-found',
    );
  });
});
