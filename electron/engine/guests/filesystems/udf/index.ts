/** The UDF driver (ECMA-167, UDF 1.02 to 2.60): DVDs, Blu-ray discs, Windows installation media, and bridges with ISO 9660. */
import type { FileSystemDriver } from '../driver.ts';
import { openUdf } from './reader.ts';
import { findAnchor, isRecognised } from './volume.ts';

export const udf: FileSystemDriver<'udf'> = {
  id: 'udf',
  title: 'UDF',
  probe: (volume) => (isRecognised(volume) && findAnchor(volume) !== null ? 'certain' : 'no'),
  open: openUdf,
};
