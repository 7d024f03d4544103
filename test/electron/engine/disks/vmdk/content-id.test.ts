import { describe, expect, it } from 'vitest';
import { contentId } from '#engine/disks/vmdk/content-id.ts';
import { noise } from '../../pattern.ts';
import { shapeOf } from './write-disk.ts';

const content = noise(32);

describe('contentId', () => {
  it('makes eight and thirty-two hexadecimal digits', () => {
    const { short, long } = contentId(shapeOf(1 << 20), content);
    expect(short).toMatch(/^[0-9a-f]{8}$/);
    expect(long).toMatch(/^[0-9a-f]{24}/);
    expect(long.slice(24)).toBe(short);
  });

  it('tells capacity, variant, options and content apart', () => {
    const ids = [
      contentId(shapeOf(1 << 20), content),
      contentId(shapeOf(1 << 21), content),
      contentId(shapeOf(1 << 20, 'streamOptimized'), content),
      contentId(shapeOf(1 << 20, 'monolithicSparse', { adapter_type: 'ide' }), content),
      contentId(shapeOf(1 << 20), noise(32, 2)),
    ];
    expect(new Set(ids.map(({ short }) => short)).size).toBe(ids.length);
    expect(contentId(shapeOf(1 << 20), content)).toEqual(ids[0]);
  });
});
