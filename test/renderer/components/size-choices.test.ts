/** The sizes that a size option offers. */
import { expect, it } from 'vitest';
import { sizeChoices } from '../../../renderer/components/size-choices.ts';

it('offers the powers of two between the bounds', () => {
  expect(sizeChoices(512, 2048)).toEqual([
    { value: '512', label: '512 bytes' },
    { value: '1024', label: '1 KiB' },
    { value: '2048', label: '2 KiB' },
  ]);
  expect(sizeChoices(1000, 1023)).toEqual([]);
  expect(sizeChoices(1, 2 ** 62).length).toBe(63);
});
