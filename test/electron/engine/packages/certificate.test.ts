import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseSignatureLine, readCertificate } from '#engine/packages/certificate.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import { inWords } from '#shared/text/in-words.ts';

it('parseSignatureLine reads the first line only', () => {
  expect(parseSignatureLine('\ufeff\r\nSHA1(p.mf)= 00ff\r\n-----BEGIN')).toEqual({
    file: 'p.mf',
    algorithm: 'SHA1',
    signature: Buffer.from([0, 255]),
  });
  expect(parseSignatureLine('-----BEGIN CERTIFICATE-----\nSHA1(p.mf)= 00ff')).toBeNull();
  expect(parseSignatureLine('SHA1(p.mf)= 00f')).toBeNull();
  expect(parseSignatureLine('\n'.repeat(1 << 20))).toBeNull();
});

describeWith('openssl', 'readCertificate', () => {
  let folder: string;
  let pem: string;
  const manifest = Buffer.from('SHA256(a.ovf)= 00\n');
  const openssl = (...args: string[]): Buffer =>
    execFileSync(toolPath('openssl')!, args, { cwd: folder, stdio: 'pipe' });
  const signed = (algorithm: string): string => {
    openssl('dgst', `-${algorithm}`, '-sign', 'key.pem', '-out', 'signature', 'p.mf');
    const signature = readFileSync(join(folder, 'signature')).toString('hex');
    return `${algorithm.toUpperCase()}(p.mf)= ${signature}\n${pem}`;
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'platter-cert-'));
    const subject = '/C=NL/O=Example/CN=Signer of tests';
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
      '-days',
      '30',
      '-subj',
      subject,
    );
    pem = readFileSync(join(folder, 'cert.pem'), 'utf8');
    writeFileSync(join(folder, 'p.mf'), manifest);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['sha1', 'sha256', 'sha512'])('shows who signed with %s, and that it fits', (algorithm) => {
    const { info, warnings } = readCertificate('p.cert', signed(algorithm), manifest);
    expect(info).toMatchObject({
      file: 'p.cert',
      subject: 'C=NL, O=Example, CN=Signer of tests',
      issuer: 'C=NL, O=Example, CN=Signer of tests',
    });
    expect(info.validTo).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    expect(warnings).toEqual([]);
  });

  it('says when the signature does not fit, is missing, or signs nothing', () => {
    const messages = (text: string, of: Uint8Array | null): string[] =>
      readCertificate('p.cert', text, of).warnings.map(({ message }) => inWords(message));
    const changed = Buffer.from('SHA256(a.ovf)= 01\n');
    expect(messages(signed('sha256'), changed)[0]).toMatch(/does not belong to this manifest/);
    expect(messages(pem, manifest)[0]).toMatch(/no signature/);
    expect(messages(signed('sha256'), null)[0]).toMatch(/no manifest/);
    expect(messages(`FOO(p.mf)= 00\n${pem}`, manifest)[0]).toMatch(/FOO/);
    expect(messages('no certificate', manifest)[0]).toMatch(/holds no certificate/);
    expect(messages(signed('sha256').replace(/= ../, '= 00'), manifest)).toHaveLength(1);
  });
});
