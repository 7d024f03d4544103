import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { probeEnvelope } from '#engine/packages/ovf/probe.ts';
import * as dialects from '../../../../fixtures/packages/descriptors.ts';
import { pattern, RecordingSource } from '../../../../fixtures/packages/recording.ts';

const probe = (bytes: Uint8Array | string): string =>
  probeEnvelope(new MemorySource(Buffer.from(bytes as string)));

describe('probeEnvelope', () => {
  it.each(Object.entries(dialects).filter(([, value]) => typeof value === 'string'))(
    'knows %s',
    (_, text) => {
      expect(probe(text as string)).toBe('certain');
    },
  );

  it.each([
    ['UTF-16', Buffer.from(`\ufeff${dialects.vmware}`, 'utf16le')],
    ['a byte-order mark', Buffer.from(`\ufeff${dialects.vmware}`)],
    ['comments and space before it', `<?xml version="1.0"?>\n<!-- <a> -->\n<?x y?>\n  <Envelope/>`],
    ['a DTD, which opening refuses', `<!DOCTYPE Envelope [<!ENTITY a "b">]>\n<ovf:Envelope/>`],
    ['a root that is cut off', `<Envelope ${'x="y" '.repeat(20_000)}/>`],
  ])('knows it with %s', (_, bytes) => expect(probe(bytes)).toBe('certain'));

  it.each([
    ['nothing', ''],
    ['noise', pattern(5000)],
    ['zeros', new Uint8Array(5000)],
    ['another document', '<?xml version="1.0"?><domain/>'],
    ['a part of the name', '<Envelopes/>'],
    ['SOAP', '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"/>'],
    ['an open comment', '<!-- <Envelope/>'],
    ['text', 'Envelope'],
    ['an unknown encoding', '<?xml version="1.0" encoding="x"?><Envelope/>'],
  ])('does not take %s for one', (_, bytes) => expect(probe(bytes)).toBe('no'));

  it('reads the beginning only', () => {
    const source = new RecordingSource(Buffer.from(`<Envelope>${'x'.repeat(200_000)}</Envelope>`));
    expect(probeEnvelope(source)).toBe('certain');
    expect(source.reads).toEqual([{ start: 0, length: 65_536 }]);
  });
});
