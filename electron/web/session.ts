/** The session of the browser: a random token in the first address, turned into a strict cookie. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const secretBytes = 32;
/** Addresses given to programs that open a browser and not used yet. */
const oneTimeLimit = 16;

export class Session {
  /** Goes into the address that is printed; it holds as long as the process runs, and is logged nowhere. */
  readonly token = randomSecret();
  readonly #cookie = randomSecret();
  readonly #cookieName: string;
  readonly #oneTimeTokens: string[] = [];

  /** Cookies do not tell ports apart: the name does, so that two servers on one machine do not disturb each other. */
  constructor(port: number) {
    this.#cookieName = `platter-session-${port}`;
  }

  /** A token that is good once: other users of the machine may see the arguments of the program that gets it. */
  createOneTimeToken(): string {
    const token = randomSecret();
    this.#oneTimeTokens.push(token);
    if (this.#oneTimeTokens.length > oneTimeLimit) this.#oneTimeTokens.shift();
    return token;
  }

  /** The Set-Cookie header for who has a right token, else null. */
  exchange(token: string): string | null {
    if (!this.#isRight(token)) return null;
    return `${this.#cookieName}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** Whether a Cookie header holds the session. */
  admits(cookieHeader: string | undefined): boolean {
    const prefix = `${this.#cookieName}=`;
    return (cookieHeader ?? '')
      .split(';')
      .map((part) => part.trim())
      .some((part) => part.startsWith(prefix) && isSame(part.slice(prefix.length), this.#cookie));
  }

  #isRight(token: string): boolean {
    if (isSame(token, this.token)) return true;
    const index = this.#oneTimeTokens.findIndex((oneTime) => isSame(token, oneTime));
    if (index < 0) return false;
    this.#oneTimeTokens.splice(index, 1);
    return true;
  }
}

function randomSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}

/** In a time that tells nothing about where the two differ; hashed first, since the lengths must agree. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
