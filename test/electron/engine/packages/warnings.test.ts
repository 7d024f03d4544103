import { expect, test } from 'vitest';

import { collector } from '#engine/packages/warnings.ts';
import type { Warning } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';

const missing = (file: string): Warning => ({
  code: 'package.file-missing',
  message: inEnglish('{file} is not in the package.', { file }),
});

test('what is said twice is heard once, and what differs in a value is heard twice', () => {
  const warnings: Warning[] = [];
  [missing('a.vmdk'), missing('b.vmdk'), missing('a.vmdk')].forEach(collector(warnings));
  expect(warnings).toEqual([missing('a.vmdk'), missing('b.vmdk')]);
});

test('a package with a million gaps has no million warnings', () => {
  const warnings: Warning[] = [];
  const warn = collector(warnings);
  for (let file = 0; file < 1000; file += 1) warn(missing(`${file}.vmdk`));
  expect(warnings).toHaveLength(100);
});
