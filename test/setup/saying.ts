/** For comparisons of whole objects: a message somewhere in them, plain or as data, that says something. */
import type { Message } from '#shared/in-english.ts';
import { inWords } from '#shared/text/in-words.ts';

/** Equals, in `toEqual` and `toMatchObject`, each message whose words match `pattern`. */
export function saying(pattern: RegExp): { readonly asymmetricMatch: (message: Message) => boolean } {
  return { asymmetricMatch: (message) => pattern.test(inWords(message)) };
}
