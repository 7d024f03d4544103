/** The words in what OpenStack's services answer when they refuse. */
import { describe, expect, it } from 'vitest';
import { inEnglish } from '#shared/in-english.ts';
import { problemIn, refusal } from '../../../../electron/transfers/openstack/refusals.ts';

const page = (status: string, words: string): string =>
  `<html><head><title>${status}</title></head><body><h1>${status}</h1>${words}<br /><br /></body></html>`;

describe('problemIn', () => {
  it('reads JSON, pages and text', () => {
    expect(problemIn('{"error":{"message":"The password is wrong."}}', 401)).toBe('The password is wrong.');
    expect(problemIn(page('409 Conflict', 'An image &quot;a&quot;\n exists.'), 409)).toBe(
      'An image "a" exists.',
    );
    expect(problemIn('Bad gateway', 502)).toBe('Bad gateway');
    expect(problemIn('', 500)).toEqual(inEnglish('it gives no reason (HTTP {status})', { status: 500 }));
  });

  it('says what a refused medium means, and keeps the reason where there is one', () => {
    const bare = 'The request media type application/octet-stream is not supported by this server.';
    const meaning = /another format/;
    expect(problemIn(page('415 Unsupported Media Type', bare), 415)).toMatch(meaning);
    expect(problemIn('', 415)).toMatch(meaning);
    expect(problemIn(page('415 Unsupported Media Type', 'Image has a backing file.'), 415)).toBe(
      'Image has a backing file.',
    );
  });
});

describe('refusal', () => {
  it('knows a quota by its status or its words', () => {
    expect(refusal('take it', 413, '').code).toBe('cloud.quota');
    expect(refusal('take it', 403, '{"message":"Quota exceeded for images"}').code).toBe('cloud.quota');
    expect(refusal('take it', 403, '').code).toBe('cloud.forbidden');
    expect(refusal('take it', 500, '').code).toBe('cloud.refused');
  });
});
