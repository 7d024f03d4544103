/** The manifest of what is built (DSP0243 2.1, section 6.2): SHA-256 over the bytes of every other member as it lies there. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Member, WrittenMember } from './driver.ts';

const line = (name: string, sha256: string): string => `SHA256(${name})= ${sha256}\n`;

/**
 * The manifest `name`, which lists the members called `listed`, in that order. Its size is known before. Names in it start
 * at the folder of the descriptor (with a slash at its end, or empty).
 */
export function manifestMember(name: string, listed: readonly string[], folder = ''): Member {
  const text = (sha256Of: (file: string) => string): Uint8Array => {
    const spelled = (file: string): string => (file.startsWith(folder) ? file.slice(folder.length) : file);
    return Buffer.from(listed.map((file) => line(spelled(file), sha256Of(file))).join(''));
  };
  return {
    name,
    kind: 'text',
    reservedBytes: text(() => '0'.repeat(64)).length,
    compose: (others) => text((file) => memberOf(others, file).sha256),
  };
}

/** The member called `name` after it was written. */
export function memberOf(others: readonly WrittenMember[], name: string): WrittenMember {
  const found = others.find((other) => other.name === name);
  if (found !== undefined) return found;
  throw new Failure('internal', {
    problem: inEnglish('{name} was to be written before what names it', { name }),
  });
}
