/** Messages in columns of text: as JSON where they have values, and, as what was stored before there were any, as their words. */
import { isPhrase, type Message } from '#shared/in-english.ts';

export function storedMessage(message: Message): string {
  return isPhrase(message) ? JSON.stringify(message) : message;
}

export function messageOf(stored: string): Message {
  if (!stored.startsWith('{')) return stored;
  try {
    const value: unknown = JSON.parse(stored);
    return isPhrase(value) ? value : stored;
  } catch {
    return stored;
  }
}
