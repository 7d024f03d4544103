// What forms and help texts are drawn from: no option has a default or a title that is none of its choices.
import { describe, expect, it } from 'vitest';
import { builders } from '#engine/builders/registry.ts';
import { diskDrivers } from '#engine/disks/registry.ts';

const declared = [
  ...builders.map(({ id, fields }) => ({ id: id as string, options: fields })),
  ...diskDrivers.map((driver) => ({ id: driver.id as string, options: driver.creation?.options ?? [] })),
];

describe.each(declared)('the options of $id', ({ options }) => {
  it('have names of their own', () => {
    expect(new Set(options.map(({ name }) => name)).size).toBe(options.length);
  });

  it('have defaults and titles for choices that there are', () => {
    for (const option of options) {
      if (option.type !== 'choice') continue;
      expect(option.choices).toContain(option.default);
      expect(option.choices).toEqual(expect.arrayContaining(Object.keys(option.titles ?? {})));
    }
  });
});
