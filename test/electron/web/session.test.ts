import { describe, expect, it } from 'vitest';
import { Session } from '../../../electron/web/session.ts';

const cookieOf = (setCookie: string | null): string => setCookie!.split(';')[0]!;

describe('Session', () => {
  it('gives a strict cookie for the token, as often as it is asked', () => {
    const session = new Session(4123);
    expect(Buffer.from(session.token, 'base64url')).toHaveLength(32);
    const setCookie = session.exchange(session.token);
    expect(setCookie).toMatch(/^platter-session-4123=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(setCookie).not.toContain(session.token);
    expect(session.exchange(session.token)).toBe(setCookie);
    expect(session.admits(cookieOf(setCookie))).toBe(true);
    expect(session.admits(`theme=dark; ${cookieOf(setCookie)};other=1`)).toBe(true);
  });

  it('gives nothing for another token', () => {
    const session = new Session(4123);
    const wrong = ['', 'x', session.token.slice(1), `${session.token}x`, new Session(4123).token];
    for (const token of wrong) expect(session.exchange(token)).toBeNull();
  });

  it('admits nobody without the cookie', () => {
    const session = new Session(4123);
    const [name, value] = cookieOf(session.exchange(session.token)).split('=') as [string, string];
    const headers = [
      undefined,
      '',
      `${name}=`,
      `${name}=${value.slice(1)}`,
      `${name}x=${value}`,
      `x${name}=${value}`,
      `${name}=${session.token}`,
      value,
      cookieOf(new Session(4123).exchange(session.token) ?? 'none'),
    ];
    for (const header of headers) expect(session.admits(header)).toBe(false);
    const other = new Session(4124);
    expect(other.admits(`platter-session-4124=${value}`)).toBe(false);
  });

  it('takes a one-time token once', () => {
    const session = new Session(4123);
    const [first, second] = [session.createOneTimeToken(), session.createOneTimeToken()];
    expect(new Set([first, second, session.token]).size).toBe(3);
    expect(session.exchange(first)).toBe(session.exchange(session.token));
    expect(session.exchange(first)).toBeNull();
    expect(session.exchange(second)).not.toBeNull();
  });
});
