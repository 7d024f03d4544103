/** Tests compare messages by what they say: a message as data equals its English words, and matches what they match. */
import { chai, expect } from 'vitest';
import { isPhrase } from '#shared/in-english.ts';
import { inWords } from '#shared/text/in-words.ts';

expect.addEqualityTesters([
  (one: unknown, other: unknown) => {
    if (isPhrase(one) && typeof other === 'string') return inWords(one) === other;
    if (isPhrase(other) && typeof one === 'string') return inWords(other) === one;
    return undefined;
  },
]);

chai.use(({ Assertion }, { flag }) => {
  for (const matcher of ['toBe', 'toContain', 'toMatch']) {
    Assertion.overwriteMethod(matcher, (original: (...args: unknown[]) => unknown) => {
      return function (this: Chai.AssertionStatic, ...args: unknown[]): void {
        const compared: unknown = flag(this, 'object');
        if (isPhrase(compared)) flag(this, 'object', inWords(compared));
        original.apply(this, args);
      };
    });
  }
});
