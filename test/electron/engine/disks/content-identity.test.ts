import { expect, it } from 'vitest';
import { ContentIdentity, noContent } from '#engine/disks/content-identity.ts';

it('gives identifiers that kind, content and purpose decide', () => {
  const identity = (kind: string, content = noContent): ContentIdentity =>
    new ContentIdentity([kind], content);
  const other = new Uint8Array(32).fill(1);
  const uuids = [
    identity('a').uuid('p'),
    identity('a').uuid('q'),
    identity('b').uuid('p'),
    identity('a', other).uuid('p'),
  ];
  expect(new Set(uuids.map((uuid) => Buffer.from(uuid).toString('hex'))).size).toBe(uuids.length);
  expect(identity('a').uuid('p')).toEqual(uuids[0]);
});

it('makes UUIDs of version 8, also in the byte order of Microsoft', () => {
  const identity = new ContentIdentity(['a', 1, true], noContent);
  const uuid = identity.uuid('p');
  expect(uuid[6]! >> 4).toBe(8);
  expect(uuid[8]! >> 6).toBe(2);
  const guid = identity.guid('p');
  expect([...guid.subarray(0, 8)]).toEqual([3, 2, 1, 0, 5, 4, 7, 6].map((index) => uuid[index]));
  expect(guid.subarray(8)).toEqual(uuid.subarray(8));
});
