/** Google Cloud. */
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { importGuide, rules } from './rules.ts';

export const google: Cloud = {
  id: 'google',
  title: inEnglish('Google Cloud'),
  kind: 'cloud',
  takes: inEnglish('disk.raw in whole GiB, in a tar.gz'),
  packages: { accepted: [], source: importGuide },
  rules,
  preparation,
};
