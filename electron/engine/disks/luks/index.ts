/** The LUKS driver: encrypted block devices, versions 1 and 2, read with a passphrase. */
import type { DiskDriver } from '../driver.ts';
import { isLuks } from '../encryption/luks.ts';
import { openLuks } from './reader.ts';

export const luks: DiskDriver<'luks'> = {
  id: 'luks',
  title: 'LUKS',
  extensions: ['luks'],
  probe: (file) => (isLuks(file) ? 'certain' : 'no'),
  open: openLuks,
};
