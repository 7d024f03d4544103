/** The password hash that Linux keeps in /etc/shadow as $6$ ("Unix crypt using SHA-256 and SHA-512", Drepper 2007). */
import { createHash } from 'node:crypto';

const rounds = 5000;
const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const digestBytes = 64;

/** Which bytes of the digest go together in the text: triples with the first one moving on by 21, modulo 63. */
function* triples(): Iterable<readonly [number, number, number]> {
  let [a, b, c] = [0, 21, 42];
  for (let index = 0; index < 21; index++) {
    yield [a, b, c];
    [a, b, c] = [b + 1, c + 1, a + 1];
  }
}

const sha512 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** As many bytes of `digest`, over and over, as `lengthBytes` says. */
function repeated(digest: Uint8Array, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  for (let at = 0; at < lengthBytes; at += digestBytes) bytes.set(digest.subarray(0, lengthBytes - at), at);
  return bytes;
}

/** `salt` is at most 16 characters of the alphabet. The usual 5000 rounds. */
export function sha512Crypt(password: string, salt: string): string {
  const key = Buffer.from(password);
  const salted = Buffer.from(salt);
  const digest = roundsOf(firstDigest(key, salted), key, salted);
  let text = '';
  const encode = (value: number, characters: number): void => {
    for (let index = 0; index < characters; index++) text += alphabet[(value >>> (6 * index)) & 63]!;
  };
  for (const [a, b, c] of triples()) encode((digest[a]! << 16) | (digest[b]! << 8) | digest[c]!, 4);
  encode(digest[63]!, 2);
  return `$6$${salt}$${text}`;
}

/** Steps 1 to 12. */
function firstDigest(key: Buffer, salt: Buffer): Buffer {
  const alternate = sha512(key, salt, key);
  const parts: Buffer[] = [key, salt, repeated(alternate, key.length)];
  for (let bits = key.length; bits > 0; bits >>>= 1) parts.push((bits & 1) === 1 ? alternate : key);
  return sha512(...parts);
}

/** Steps 13 to 21. */
function roundsOf(first: Buffer, key: Buffer, salt: Buffer): Buffer {
  const keySequence = repeated(sha512(...Array<Buffer>(key.length).fill(key)), key.length);
  const saltSequence = repeated(sha512(...Array<Buffer>(16 + first[0]!).fill(salt)), salt.length);
  let digest = first;
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1;
    const parts = [odd ? keySequence : digest];
    if (round % 3 !== 0) parts.push(saltSequence);
    if (round % 7 !== 0) parts.push(keySequence);
    parts.push(odd ? digest : keySequence);
    digest = sha512(...parts);
  }
  return digest;
}

/** A salt that follows from `content`: the same input gives the same seed. */
export function derivedSalt(content: string): string {
  const digest = createHash('sha256').update(content).digest();
  return [...digest.subarray(0, 16)].map((byte) => alphabet[byte & 63]).join('');
}
