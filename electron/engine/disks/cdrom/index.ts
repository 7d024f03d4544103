/** The driver of raw CD images (.bin): sectors of 2352 bytes with their headers and corrections. */
import { inEnglish } from '#shared/in-english.ts';
import type { DiskDriver } from '../driver.ts';
import { openCdrom } from './reader.ts';
import { looksRaw } from './sectors.ts';

export const cdrom: DiskDriver<'cdrom'> = {
  id: 'cdrom',
  title: inEnglish('Raw CD image'),
  extensions: ['bin'],
  probe: (file) => (looksRaw(file) ? 'certain' : 'no'),
  open: (file) => openCdrom(file),
};
