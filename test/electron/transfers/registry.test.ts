/** What a cloud has no use for is refused before anything is asked of it, in the language in force. */
import { afterEach, expect, it } from 'vitest';
import type { UploadPart } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { setLanguage } from '#shared/language.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { speak } from '#shared/text/languages.ts';
import { upload } from '../../../electron/transfers/registry.ts';
import { transferControl } from './transfer-control.ts';

afterEach(() => setLanguage('en', {}));

it.each([
  ['aws', 'file', 'does not take a file as it lies', 'nimmt keine Datei, wie sie ist'],
  ['google', 'raw', 'does not take a disk that is read out', 'nimmt keine Disk, die ausgelesen wird'],
] as const)('%s refuses a source of the kind %s', async (cloud, kind, english, german) => {
  const source = { kind, reference: { path: '/images/a.raw' } };
  const part: UploadPart = { role: 'image', name: 'a', source, properties: {} };
  const access = { name: 'acme', cloud, settings: {}, secret: '' };
  const work = { account: 'acme', parts: [part], options: {} };
  const failure = Failure.from(
    await upload(work, access, transferControl()).catch((error: unknown) => error),
  );
  expect(describeFailure(failure).sentence).toContain(english);
  await speak('de');
  expect(describeFailure(failure).sentence).toContain(german);
});
