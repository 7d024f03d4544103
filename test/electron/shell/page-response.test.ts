import { describe, expect, it } from 'vitest';
import { respond } from '../../../electron/shell/page-response.ts';

const policy = "default-src 'none'";
const files = new Map([
  ['/index.html', { content: Buffer.from('<p>'), contentType: 'text/html; charset=utf-8' }],
  ['/assets/a%20b.js', { content: Buffer.from('1'), contentType: 'text/javascript; charset=utf-8' }],
]);
const ask = (address: string, method = 'GET') => respond(files, policy, method, address);

describe('the answer to a request', () => {
  it('is the file with its type and the policy', () => {
    const answer = ask('app://platter/index.html?x=1#y');
    expect(answer.status).toBe(200);
    expect(answer.content.toString()).toBe('<p>');
    expect(answer.headers).toMatchObject({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
    });
    expect(ask('app://platter/assets/a b.js').status).toBe(200);
  });

  it.each([
    'app://platter/',
    'app://platter/../../package.json',
    'app://platter/%2e%2e/%2e%2e/package.json',
    'app://platter//index.html',
    'app://platter/assets/..%2findex.html',
    'app://platter/etc/passwd',
    'app://other/index.html',
    'https://platter/index.html',
  ])('is nothing for %s, with the policy nevertheless', (address) => {
    const answer = ask(address);
    expect(answer.status).toBe(404);
    expect(answer.headers['Content-Security-Policy']).toBe(policy);
    expect(answer.headers['Content-Type']).toContain('text/plain');
  });

  it('is nothing for anything but GET', () => {
    expect(ask('app://platter/index.html', 'POST').status).toBe(404);
  });
});
