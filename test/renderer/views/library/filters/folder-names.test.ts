import { expect, it } from 'vitest';
import { shortNames } from '../../../../../renderer/views/library/filters/folder-names.ts';

it('folders are called by their last name, and by more where that says nothing', () => {
  const names = (...paths: string[]): string[] => [...shortNames(paths).values()];
  expect(names('/srv/images', '/home/ada/Downloads')).toEqual(['images', 'Downloads']);
  expect(names('/srv/old/vm', '/srv/new/vm', '/vm')).toEqual(['old/vm', 'new/vm', 'vm']);
  expect(names('C:\\VMs', 'D:\\VMs', '/')).toEqual(['C:/VMs', 'D:/VMs', '/']);
});
