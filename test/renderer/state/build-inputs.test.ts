// What a builder still needs, in words.
import { describe, expect, it } from 'vitest';

import { inputProblem } from '../../../renderer/state/build-inputs.ts';

describe('inputProblem', () => {
  it('asks for what is missing', () => {
    expect(inputProblem({ kind: 'disks', minimum: 1, maximum: 8 }, 0)).toBe('Choose a disk image.');
    expect(inputProblem({ kind: 'files', minimum: 3, maximum: 3 }, 1)).toBe('Choose 3 files.');
    expect(inputProblem({ kind: 'folder', minimum: 1, maximum: 1 }, 0)).toBe('Choose a folder.');
  });

  it('says when there is too much', () => {
    expect(inputProblem({ kind: 'disks', minimum: 1, maximum: 1 }, 2)).toBe('It takes one disk image.');
    expect(inputProblem({ kind: 'disks', minimum: 1, maximum: 4 }, 5)).toBe(
      'It takes at most 4 disk images.',
    );
    expect(inputProblem({ kind: 'none', minimum: 0, maximum: 0 }, 1)).toBe('It takes no files.');
  });

  it('is content with what is enough', () => {
    expect(inputProblem({ kind: 'none', minimum: 0, maximum: 0 }, 0)).toBeNull();
    expect(inputProblem({ kind: 'disks', minimum: 1, maximum: 4 }, 4)).toBeNull();
  });
});
