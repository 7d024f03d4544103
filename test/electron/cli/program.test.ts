import { describe, expect, it } from 'vitest';
import { program, withPlainSizes } from '../../../electron/cli/program.ts';

describe('withPlainSizes', () => {
  it('puts a size to be taken off where it is no option', () => {
    const words = ['resize', 'a', '-1G', '--shrink'];
    expect(withPlainSizes(words)).toEqual(['resize', 'a', '--shrink', '--', '-1G']);
    for (const others of [
      ['resize', 'a', '+1G'],
      ['resize', 'a', '--', '-1G'],
      ['info', '-1'],
    ]) {
      expect(withPlainSizes(others)).toEqual(others);
    }
  });
});

describe('program', () => {
  it('has a line of help for every command and option', () => {
    const root = program(
      () => {},
      '1.2.3',
      () => Promise.resolve(),
      null,
    );
    const names = root.commands.map((command) => command.name());
    expect(new Set(names).size).toBe(names.length);
    for (const command of root.commands) {
      expect(command.description(), command.name()).not.toBe('');
      for (const option of command.options) expect(option.description, option.flags).not.toBe('');
    }
  });
});
