import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OutputFile } from '#engine/bytes/output-file.ts';
import { partialSuffix } from '#engine/bytes/partial-file.ts';
import { readBytes } from '#engine/bytes/source.ts';
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

describe('an output of several files', () => {
  const text = (path: string): string => readFileSync(path, 'utf8');
  const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
  let count = 0;
  /** An output in a folder of its own, with two siblings. */
  function threeFiles(force = false, before: Readonly<Record<string, string>> = {}) {
    const inside = join(folder, `several-${count++}`);
    mkdirSync(inside);
    for (const [name, value] of Object.entries(before)) writeFileSync(join(inside, name), value);
    const control = quietControl();
    const output = new OutputFile(join(inside, 'main'), force, control);
    output.write(0, bytes('main'));
    for (const name of ['one', 'two']) output.sibling(name).write(0, bytes(name));
    return { inside, control, output, names: () => readdirSync(inside).sort() };
  }

  it('has all its names or none', () => {
    const { inside, control, output, names } = threeFiles();
    expect(control.partials.size).toBe(3);
    expect(names().every((name) => name.endsWith(partialSuffix))).toBe(true);
    expect([...output.files.keys()].sort()).toEqual(['main', 'one', 'two'].map((name) => join(inside, name)));
    expect(text(output.files.get(join(inside, 'one'))!)).toBe('one');
    output.sync();
    output.commit();
    expect(names()).toEqual(['main', 'one', 'two']);
    expect(text(join(inside, 'two'))).toBe('two');
    expect(output.files.get(join(inside, 'one'))).toBe(join(inside, 'one'));
    expect(control.partials.size).toBe(0);
    output.discard();
    expect(names()).toEqual(['main', 'one', 'two']);
    output.withdraw();
    expect(names()).toEqual([]);
  });

  it('gives back the names it had when one of them is taken', () => {
    for (const taken of ['main', 'two']) {
      const { inside, control, output, names } = threeFiles();
      writeFileSync(join(inside, taken), 'someone else');
      expect(() => output.commit()).toThrow('io.exists');
      expect(control.partials.size).toBe(3);
      output.discard();
      expect(names()).toEqual([taken]);
      expect(text(join(inside, taken))).toBe('someone else');
      expect(control.partials.size).toBe(0);
    }
  });

  it('brings back what it replaced when it cannot have all its names', () => {
    const before = { one: 'old one', two: 'old two' };
    const { inside, control, output, names } = threeFiles(true, before);
    // A folder cannot be replaced by a file.
    mkdirSync(join(inside, 'main'));
    expect(() => output.commit()).toThrow('io.');
    expect([text(join(inside, 'one')), text(join(inside, 'two'))]).toEqual(['old one', 'old two']);
    output.discard();
    expect(names()).toEqual(['main', 'one', 'two']);
    expect(control.partials.size).toBe(0);

    const again = threeFiles(true, { ...before, main: 'old main' });
    again.output.commit();
    expect(again.names()).toEqual(['main', 'one', 'two']);
    expect(text(join(again.inside, 'one'))).toBe('one');
    expect(again.control.partials.size).toBe(0);
  });

  it('opens its files for reading back by the names they will have', () => {
    const { output } = threeFiles();
    for (const name of ['main', 'one', 'two']) {
      const source = output.openSibling(name)!;
      expect(Buffer.from(readBytes(source, 0, source.sizeBytes)).toString()).toBe(name);
      source.close();
    }
    expect(output.openSibling('three')).toBeNull();
    expect(output.openSibling('../one')).toBeNull();
    output.discard();
  });

  it('takes plain names only, and no name twice', () => {
    const { output, control, names } = threeFiles(false, { three: 'there already' });
    for (const name of ['', '.', '..', 'a/b', 'a\\b', '/etc/x', 'a\0', 'x'.repeat(250)]) {
      expect(() => output.sibling(name), name).toThrow('input.invalid');
    }
    for (const name of ['main', 'one', 'three']) expect(() => output.sibling(name)).toThrow('io.exists');
    expect(control.partials.size).toBe(3);
    output.discard();
    expect(names()).toEqual(['three']);
    expect(control.partials.size).toBe(0);
  });

  it('can have its room set aside', () => {
    const { output } = threeFiles();
    const sibling = output.sibling('large');
    sibling.allocate!(0, 1 << 20);
    expect(output.name).toBe('main');
    expect(sibling.name).toBe('large');
    const { size, blocks } = statSync([...output.files.values()].find((path) => path.includes('large'))!);
    expect([size, blocks * 512 >= 1 << 20]).toEqual([1 << 20, true]);
    output.discard();
  });
});
