/** Forms of formats are drawn from what drivers declare; requests hold only what differs from the defaults. */
import { describe, expect, it } from 'vitest';
import type { FormatDescription } from '#shared/domain/format.ts';
import {
  asIs,
  formatChoices,
  optionsOf,
  targetRequest,
  usableFormat,
} from '../../../renderer/state/target-choice.ts';

const formats: readonly FormatDescription[] = [
  {
    id: 'read-only',
    title: 'Read only',
    extensions: ['ro'],
    readable: true,
    checkable: false,
    repairable: false,
    creation: null,
  },
  {
    id: 'alpha',
    title: 'Alpha',
    extensions: ['al', 'alpha'],
    readable: true,
    checkable: false,
    repairable: false,
    creation: {
      variants: [
        { id: 'plain', title: 'Plain', help: '' },
        { id: 'packed', title: 'Packed', help: '' },
      ],
      options: [
        {
          name: 'unit',
          title: 'Unit',
          help: '',
          type: 'size',
          default: 65_536,
          minimum: 512,
          maximum: 2_097_152,
        },
        { name: 'lazy', title: 'Lazy', help: '', type: 'boolean', default: false },
      ],
      backs: false,
      wraps: false,
    },
  },
  {
    id: 'beta',
    title: 'Beta',
    extensions: ['be'],
    readable: false,
    checkable: false,
    repairable: false,
    creation: {
      variants: [{ id: 'only', title: 'Only', help: '' }],
      options: [],
      backs: false,
      wraps: false,
    },
  },
];

describe('choices', () => {
  it('offers what can be written, and the bytes as they are last', () => {
    expect(formatChoices(formats, true)).toEqual([
      { value: 'alpha', label: 'Alpha', hint: '.al .alpha' },
      { value: 'beta', label: 'Beta', hint: '.be' },
      { value: asIs, label: 'As it is', hint: 'unchanged' },
    ]);
    expect(formatChoices(formats, false).map(({ value }) => value)).toEqual(['alpha', 'beta']);
  });

  it('falls back to a format that can be written', () => {
    expect(usableFormat(formats, 'beta', true)).toBe('beta');
    expect(usableFormat(formats, 'read-only', true)).toBe('alpha');
    expect(usableFormat(formats, 'gone', false)).toBe('alpha');
    expect(usableFormat(formats, asIs, true)).toBe(asIs);
    expect(usableFormat(formats, asIs, false)).toBe('alpha');
    expect(usableFormat([], 'alpha', true)).toBe(asIs);
  });

  it('knows no options for what has none', () => {
    expect(optionsOf(formats, asIs)).toEqual([]);
    expect(optionsOf(formats, 'read-only')).toEqual([]);
  });
});

describe('requests', () => {
  it('leave defaults out', () => {
    expect(targetRequest(formats, { format: 'alpha', variant: null, options: {} })).toEqual({
      format: 'alpha',
    });
    expect(
      targetRequest(formats, { format: 'alpha', variant: null, options: { unit: 65_536, lazy: false } }),
    ).toEqual({ format: 'alpha' });
  });

  it('hold what was changed', () => {
    expect(
      targetRequest(formats, { format: 'alpha', variant: 'packed', options: { unit: 4096, lazy: true } }),
    ).toEqual({ format: 'alpha', variant: 'packed', options: { unit: 4096, lazy: true } });
  });

  it('hold nothing that the format does not declare', () => {
    expect(targetRequest(formats, { format: 'beta', variant: 'packed', options: { unit: 4096 } })).toEqual({
      format: 'beta',
    });
    expect(targetRequest(formats, { format: asIs, variant: 'packed', options: { lazy: true } })).toEqual({
      format: asIs,
    });
  });
});
