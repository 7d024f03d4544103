import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { minimal } from '../../../../fixtures/packages/descriptors.ts';
import { openPackageOf } from '../../../../fixtures/packages/memory-container.ts';
import { RecordingControl } from '../../../../fixtures/packages/recording.ts';

const codes = (warnings: readonly { code: string }[]): string[] => warnings.map(({ code }) => code);

describe('the manifest', () => {
  const text = minimal({
    files: '<File ovf:id="f" ovf:href="d.img"/>',
    disks: '<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="1"/>',
  });
  const sha = (data: string): string => createHash('sha256').update(data).digest('hex');
  const lines = `SHA256(p.ovf)= ${sha(text)}\nSHA256(d.img)= ${sha('raw')}\n`;

  it('is checked', () => {
    const reader = openPackageOf(text, { 'd.img': 'raw', 'p.mf': lines, 'extra.txt': 'x' });
    expect(reader.info.manifest).toBe('present');
    const control = new RecordingControl();
    const result = reader.verify(control);
    expect(result.state).toBe('valid');
    expect(result.entries.map(({ file, state }) => [file, state])).toEqual([
      ['p.ovf', 'valid'],
      ['d.img', 'valid'],
      ['extra.txt', 'unlisted'],
    ]);
    expect(control.phases.map(({ item: name }) => name)).toEqual(['p.ovf', 'd.img']);
  });

  it('does not fit a file that was changed', () => {
    const result = openPackageOf(text, { 'd.img': 'bad', 'p.mf': lines }).verify(new RecordingControl());
    expect(result.state).toBe('mismatch');
    expect(result.entries[1]).toMatchObject({ file: 'd.img', expected: sha('raw'), actual: sha('bad') });
  });

  it('does not hold when a file that is needed is missing', () => {
    const result = openPackageOf(text, { 'p.mf': lines }).verify(new RecordingControl());
    expect(result.state).toBe('mismatch');
    expect(result.entries[1]).toMatchObject({ file: 'd.img', state: 'missing' });
  });

  it.each([
    ['nothing', ''],
    ['nothing that is understood', 'all is well\n'],
    ['only itself', `SHA256(p.mf)= ${sha('x')}\n`],
  ])('proves nothing where it lists %s, and says so', (_, listed) => {
    const reader = openPackageOf(text, { 'd.img': 'raw', 'p.mf': listed });
    expect(reader.info.manifest).toBe('absent');
    expect(reader.verify(new RecordingControl()).state).toBe('absent');
    expect(reader.info.warnings.find(({ code }) => code === 'package.manifest-incomplete')?.message).toMatch(
      /proves nothing/,
    );
  });

  it('says which files of the package it does not prove', () => {
    const [descriptorLine] = lines.split('\n');
    const reader = openPackageOf(text, { 'd.img': 'raw', 'p.mf': descriptorLine!, 'extra.txt': 'x' });
    expect(reader.info.warnings).toMatchObject([{ code: 'package.manifest-incomplete' }]);
    expect(reader.info.warnings[0]!.message).toMatch(/no digest of d\.img:/);
  });

  it('never leads out of the package', () => {
    const hostile = `${lines}SHA256(../../etc/passwd)= ${sha('x')}\nSHA256(/etc/passwd)= ${sha('x')}\n`;
    const result = openPackageOf(text, { 'd.img': 'raw', 'p.mf': hostile }).verify(new RecordingControl());
    expect(result.entries.slice(2).map(({ state }) => state)).toEqual(['missing', 'missing']);
  });

  it('is absent where there is none', () => {
    const reader = openPackageOf(text, { 'd.img': 'raw' });
    expect(reader.info.manifest).toBe('absent');
    expect(reader.verify(new RecordingControl())).toEqual({ state: 'absent', entries: [] });
  });

  it('may have another name in an archive, and Latin-1 in it', () => {
    const odd = Buffer.from(`SHA256(d\xefsk)= ${sha('x')}`, 'latin1');
    const reader = openPackageOf(text, { 'd.img': 'raw', 'other.MF': odd });
    expect(reader.info.files.find(({ role }) => role === 'manifest')?.name).toBe('other.MF');
    expect(reader.verify(new RecordingControl()).entries[0]).toMatchObject({
      file: 'dïsk',
      state: 'missing',
    });
  });

  it('shows a certificate that cannot be read', () => {
    const { info } = openPackageOf(text, { 'd.img': 'raw', 'p.mf': lines, 'p.cert': 'no certificate' });
    expect(info.certificate).toEqual({ file: 'p.cert', subject: null, issuer: null, validTo: null });
    expect(info.files.find(({ name }) => name === 'p.cert')?.role).toBe('certificate');
    expect(codes(info.warnings)).toEqual(['package.certificate']);
  });
});
