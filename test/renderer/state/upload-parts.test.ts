// Which images a cloud is sent, and in which order.
import { expect, it } from 'vitest';
import { inOrder, isSet, partsOf, type UploadFile } from '../../../renderer/state/upload-parts.ts';

const properties = { os_distro: 'debian' };
const choices = { name: 'harbour', kind: 'file', address: '', properties } as const;
const set: readonly UploadFile[] = [
  { role: 'disk', path: '/out/harbour.img' },
  { role: 'ramdisk', path: '/out/harbour-initrd' },
  { role: 'kernel', path: '/out/harbour-vmlinuz' },
];

it('sends what others name before them, and says of the image alone what it is', () => {
  const parts = partsOf({ ...choices, files: inOrder(set) });
  expect(parts.map(({ role, name, properties: said }) => [role, name, said])).toEqual([
    ['kernel', 'harbour-kernel', {}],
    ['ramdisk', 'harbour-ramdisk', {}],
    ['image', 'harbour', properties],
  ]);
  expect(isSet(set)).toBe(true);
});

it('numbers several disks, each with the properties', () => {
  const files: readonly UploadFile[] = [
    { role: 'disk', path: '/out/a-1.qcow2' },
    { role: 'disk', path: '/out/a-2.qcow2' },
  ];
  const parts = partsOf({ ...choices, files: inOrder(files) });
  expect(parts.map(({ role, name, source }) => [role, name, source])).toEqual([
    ['image', 'harbour-1', { kind: 'file', reference: { path: '/out/a-1.qcow2' } }],
    ['image', 'harbour-2', { kind: 'file', reference: { path: '/out/a-2.qcow2' } }],
  ]);
  expect(isSet(files)).toBe(false);
});

it('names the address where the cloud fetches it', () => {
  const files: readonly UploadFile[] = [{ role: 'disk', path: '/images/a.qcow2' }];
  const [part] = partsOf({ ...choices, kind: 'address', address: 'https://here/a.qcow2', files });
  expect(part).toMatchObject({
    name: 'harbour',
    source: { kind: 'address', address: 'https://here/a.qcow2' },
  });
});
