/** Messages as data, in the language in force: failures, findings, and what is nested in them. */
import { afterEach, describe, expect, it } from 'vitest';
import { Failure } from '#shared/failure.ts';
import { asValue, inEnglish } from '#shared/in-english.ts';
import { setLanguage } from '#shared/language.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { inWords, messagesInWords } from '#shared/text/in-words.ts';
import { speak } from '#shared/text/languages.ts';
import { preflight } from '../../../electron/clouds/preflight.ts';
import { factsWith } from '../../electron/clouds/facts.ts';

afterEach(() => setLanguage('en', {}));

describe('a message', () => {
  const nested = inEnglish('Glance refuses it as unsafe: {reason}.', {
    reason: asValue(inEnglish('its data is in another file')),
  });

  it('is said in English, and in another language from the same data', async () => {
    expect(inWords(nested)).toBe('Glance refuses it as unsafe: its data is in another file.');
    await speak('de');
    expect(inWords(nested)).toBe(
      'Glance lehnt es als unsicher ab: seine Daten liegen in einer anderen Datei.',
    );
  });

  it('writes sizes and lists as the language does, and leaves names alone', async () => {
    const size = inEnglish('Grow the disk to {size}', { size: { bytes: 1.5 * 2 ** 30 } });
    const either = inEnglish('Copy {name} as it is', { name: { anyOf: ['Disk', 'b', 'c'] } });
    expect([inWords(size), inWords(either)]).toEqual([
      'Grow the disk to 1.5 GiB',
      'Copy Disk, b or c as it is',
    ]);
    await speak('de');
    expect([inWords(size), inWords(either)]).toEqual([
      'Die Disk auf 1,5 GiB vergrößern',
      'Disk, b oder c unverändert kopieren',
    ]);
  });

  it('is a sentence in JSON', () => {
    expect(JSON.parse(JSON.stringify({ problem: nested }, messagesInWords))).toEqual({
      problem: 'Glance refuses it as unsafe: its data is in another file.',
    });
  });

  it('comes from outside as it is, braces and all', async () => {
    await speak('de');
    expect(inWords("it's {broken")).toBe("it's {broken");
  });
});

describe('German', () => {
  it('tells a failure that was stored before', async () => {
    const failure = new Failure('input.invalid', {
      problem: inEnglish('there is no job {id}', { id: 7 }),
    });
    expect(failure.message).toContain('there is no job 7');
    const stored = JSON.parse(JSON.stringify(failure.toData())) as ReturnType<Failure['toData']>;
    await speak('de');
    expect(describeFailure(stored)).toEqual({
      sentence: 'Das geht nicht: es gibt keinen Job 7.',
      nextStep: 'Die Angaben ändern und noch einmal versuchen.',
    });
  });

  it('tells the findings of every cloud', async () => {
    const facts = factsWith({ format: 'vdi', wrapper: 'gzip', virtualSizeBytes: 2 ** 50 });
    const english = preflight(facts).clouds.flatMap(({ findings }) => findings.map(({ message }) => message));
    const before = english.map(inWords);
    expect(before.length).toBeGreaterThan(20);
    await speak('de');
    expect(english.map(inWords).filter((words, index) => words === before[index])).toEqual([]);
  });
});
