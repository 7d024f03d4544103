/** Words for failures: every code has some, and a hostile name in the details cannot spoil the line. */
import { describe, expect, it } from 'vitest';
import { Failure, type FailureData } from '#shared/failure.ts';
import { describeFailure } from '#shared/text/failure-text.ts';

const all: { readonly [Code in FailureData['code']]: Extract<FailureData, { code: Code }>['details'] } = {
  'io.not-found': { path: '/a/b.ova' },
  'io.denied': { path: '/a/b.ova' },
  'io.exists': { path: '/a/b.ova' },
  'io.no-space': { path: '/a', neededBytes: 2 ** 30, freeBytes: 2 ** 20 },
  'io.failed': { path: '/a', reason: 'EIO' },
  'image.malformed': {
    format: 'qcow2',
    structure: 'header',
    field: 'cluster_bits',
    fileOffset: 20,
    problem: 'it is 40',
  },
  'image.truncated': { path: '/a', neededBytes: 1024, actualBytes: 512 },
  'image.unsupported': { format: 'vmdk', feature: 'a change-tracking file' },
  'image.encrypted': { format: 'qcow2', method: 'LUKS' },
  'image.unrecognised': { path: '/a' },
  'image.parent-missing': { path: '/a', reference: 'base.qcow2' },
  'image.parent-mismatch': { path: '/a', parent: 'base.vhd', problem: 'its identifier differs' },
  'image.wrong-passphrase': { format: 'luks' },
  'reference.denied': { reference: '/etc/passwd', reason: 'it lies outside the folder of the image' },
  'package.malformed': { structure: 'descriptor', problem: 'it is not XML' },
  'package.unsafe-name': { name: '../../x', reason: 'it climbs' },
  'package.file-missing': { file: 'disk1.vmdk' },
  'package.manifest-mismatch': { file: 'disk1.vmdk', algorithm: 'SHA-256', expected: 'aa', actual: 'bb' },
  'output.verification-failed': { path: '/a', virtualOffset: 4096 },
  'cloud.unreachable': { address: 'https://lab:5000', reason: 'ECONNREFUSED' },
  'cloud.untrusted': { address: 'https://lab:5000', reason: 'SELF_SIGNED_CERT_IN_CHAIN' },
  'cloud.unauthorised': { address: 'https://lab:5000/v3', problem: 'The request needs authentication.' },
  'cloud.forbidden': { action: 'create the image', problem: 'You are not authorized' },
  'cloud.quota': { problem: 'Quota exceeded' },
  'cloud.unsafe-image': { path: '/a.qcow2', problem: 'it has a backing file' },
  'cloud.refused': { action: 'take the image', status: 500, problem: 'it gives no reason' },
  'cloud.digest-mismatch': { name: 'Debian', algorithm: 'sha512', expected: 'aa', actual: 'bb' },
  'input.invalid': { problem: 'there is no such disk' },
  'catalogue.damaged': { path: '/a/library.sqlite', problem: 'database disk image is malformed' },
  'catalogue.newer': { path: '/a', version: 30, knownVersion: 20 },
  'operation.cancelled': {},
  'operation.interrupted': { reason: 'Platter ended' },
  internal: { problem: 'the queue is not open' },
};
const codes = Object.keys(all) as (keyof typeof all)[];

describe('every code', () => {
  it.each(codes)('%s has a sentence and a next step', (code) => {
    const { sentence, nextStep } = describeFailure({ code, details: all[code] });
    for (const words of [sentence, nextStep]) {
      expect(words).toMatch(/^[\p{Lu}“].*[.!?]$/su);
      expect(words).not.toContain('undefined');
      expect(words).not.toContain('\n');
      expect(words).not.toMatch(/\.\.$|\. \./);
    }
    expect(describeFailure(new Failure(code, all[code])).sentence).toBe(sentence);
  });

  it('has words of its own', () => {
    const sentences = codes.map((code) => describeFailure({ code, details: all[code] }).sentence);
    expect(new Set(sentences).size).toBe(codes.length);
  });
});

describe('details in the words', () => {
  it('names what is needed and what is there', () => {
    const words = (details: object) => describeFailure({ code: 'io.no-space', details }).sentence;
    expect(words({ path: '/a', neededBytes: 2 ** 30, freeBytes: 2 ** 20 })).toBe(
      'There is not enough space for “/a”: 1 GiB needed, 1 MiB free.',
    );
    expect(words({ path: '/a', freeBytes: 2 ** 20 })).toBe('There is not enough space for “/a”: 1 MiB free.');
    expect(words({ path: '/a' })).toBe('There is not enough space for “/a”.');
  });

  it('names the file and both digests of a mismatch', () => {
    const { sentence } = describeFailure({
      code: 'package.manifest-mismatch',
      details: all['package.manifest-mismatch'],
    });
    expect(sentence).toContain('disk1.vmdk');
    expect(sentence).toContain('aa');
    expect(sentence).toContain('bb');
  });

  it('ends with one full stop where the problem brings its own', () => {
    const { sentence } = describeFailure({ code: 'input.invalid', details: { problem: 'no such disk.' } });
    expect(sentence).toMatch(/no such disk\.$/);
    expect(sentence).not.toMatch(/\.\.$/);
  });

  it('spells out characters that would move a cursor or turn the reading direction', () => {
    const { sentence } = describeFailure({
      code: 'package.file-missing',
      details: { file: 'a\u001b[2J\r\nb\u202egpj.exe' },
    });
    expect(sentence).toContain('a\\u001b[2J\\u000d\\u000ab\\u202egpj.exe');
  });

  it('cuts a name that would fill the screen', () => {
    const { sentence } = describeFailure({
      code: 'package.file-missing',
      details: { file: 'x'.repeat(100_000) },
    });
    expect(sentence.length).toBeLessThan(1000);
  });
});
