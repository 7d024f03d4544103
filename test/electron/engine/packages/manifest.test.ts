import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { hashName, parseManifest, verifyManifest, type ManifestSubject } from '#engine/packages/manifest.ts';
import {
  failureOf,
  pattern,
  RecordingControl,
  RecordingSource,
} from '../../../fixtures/packages/recording.ts';

const hex = (algorithm: string, data: Uint8Array | string): string =>
  createHash(algorithm).update(data).digest('hex');
const sha1 = hex('sha1', 'x');
const sha256 = hex('sha256', 'x');
const sha512 = hex('sha512', 'x');

describe('parseManifest', () => {
  const entriesOf = (text: string): (string | null)[][] =>
    parseManifest(text, 'p.mf').entries.map(({ file, hash, expected }) => [file, hash, expected]);

  it.each([
    ['the specification', `SHA256(a.vmdk)= ${sha256}\n`, 'sha256'],
    ['no space', `SHA1(a.vmdk)=${sha1}`, 'sha1'],
    ['spaces everywhere', `  SHA256 ( a.vmdk )  =  ${sha256}  \n`, 'sha256'],
    ['BSD and sha256sum --tag', `SHA256 (a.vmdk) = ${sha256}`, 'sha256'],
    ['OpenSSL 3', `SHA2-256(a.vmdk)= ${sha256}`, 'sha256'],
    ['OpenSSL 3, 512 bits', `SHA2-512(a.vmdk)= ${sha512}`, 'sha512'],
    ['a hyphen', `SHA-1(a.vmdk)= ${sha1}`, 'sha1'],
    ['a hyphen, 256 bits', `SHA-256(a.vmdk)= ${sha256}`, 'sha256'],
    ['upper case', `SHA512(a.vmdk)= ${sha512.toUpperCase()}`, 'sha512'],
    ['lower case', `sha1(a.vmdk)= ${sha1}`, 'sha1'],
    ['CRLF and blank lines', `\r\nSHA256(a.vmdk)= ${sha256}\r\n\r\n`, 'sha256'],
    ['CR', `SHA256(a.vmdk)= ${sha256}\r`, 'sha256'],
    ['./', `SHA256(./a.vmdk)= ${sha256}`, 'sha256'],
    ['sha256sum', `${sha256}  a.vmdk\n`, 'sha256'],
    ['sha1sum, binary', `${sha1} *a.vmdk\n`, 'sha1'],
  ])('reads %s', (_, text, hash) => {
    const expected = { sha1, sha256, sha512 }[hash];
    expect(entriesOf(text)).toEqual([['a.vmdk', hash, expected]]);
    expect(parseManifest(text, 'p.mf').warnings).toEqual([]);
  });

  it('reads names with spaces and parentheses', () => {
    expect(entriesOf(`SHA1(disk (1) of (2).vmdk)= ${sha1}`)).toEqual([
      ['disk (1) of (2).vmdk', 'sha1', sha1],
    ]);
  });

  it('ignores itself, and what it lists twice', () => {
    expect(entriesOf(`SHA1(p.mf)= ${sha1}\nSHA1(a)= ${sha1}\nSHA1(a)= ${sha1.toUpperCase()}`)).toHaveLength(
      1,
    );
  });

  it('keeps several digests of one file', () => {
    expect(entriesOf(`SHA1(a)= ${sha1}\nSHA256(a)= ${sha256}`)).toHaveLength(2);
  });

  it('warns once of lines that it does not understand, whatever they hold', () => {
    const lines = ['hello', 'SHA1(a)= xyz', `SHA1 a = ${sha1}`, `SHA1(${'a'.repeat(10_000)})= ${sha1}`];
    const { entries, warnings } = parseManifest([...lines, `SHA1(b)= ${sha1}`].join('\n'), 'p.mf');
    expect(entries.map(({ file }) => file)).toEqual(['b']);
    expect(warnings).toEqual([
      { code: 'package.manifest-line', message: 'Line 1 of the manifest is not understood.' },
    ]);
  });

  it('takes no time for lines made to take it', () => {
    const lines = [
      `${sha1} x${' '.repeat(500_000)}y`,
      `SHA1(a)=${'a'.repeat(250_000)}${' '.repeat(250_000)}!`,
    ];
    expect(parseManifest(lines.join('\n'), 'p.mf').entries).toEqual([]);
  });
});

describe('hashName', () => {
  it.each([
    ['SHA1', 'sha1'],
    ['SHA-512', 'sha512'],
    ['SHA2-384', 'sha384'],
    ['SHA3-256', 'sha3-256'],
    ['SHA512/256', 'sha512-256'],
    ['WHIRLWIND', null],
  ])('%s is %s', (name, hash) => expect(hashName(name)).toBe(hash));
});

describe('verifyManifest', () => {
  const data = { 'a.ovf': Buffer.from('descriptor'), 'b.vmdk': Buffer.from(pattern((1 << 20) * 2 + 77)) };
  const subject = (required: readonly string[] = []): ManifestSubject & { sources: RecordingSource[] } => {
    const sources: RecordingSource[] = [];
    return {
      sources,
      files: Object.keys(data),
      required: new Set(required),
      open(file) {
        const bytes = data[file as keyof typeof data] as Buffer | undefined;
        if (bytes === undefined) return null;
        sources.push(new RecordingSource(bytes, file));
        return sources[sources.length - 1]!;
      },
    };
  };
  const lines = (algorithm: string): string =>
    Object.entries(data)
      .map(([file, bytes]) => `${algorithm.toUpperCase()}(${file})= ${hex(algorithm, bytes)}\n`)
      .join('');

  it.each(['sha1', 'sha256', 'sha512'])('finds that everything is right (%s)', (algorithm) => {
    const control = new RecordingControl();
    const files = subject();
    const result = verifyManifest(parseManifest(lines(algorithm), 'p.mf'), files, control);
    expect(result.state).toBe('valid');
    expect(result.entries.map(({ file, state }) => [file, state])).toEqual([
      ['a.ovf', 'valid'],
      ['b.vmdk', 'valid'],
    ]);
    expect(control.phases).toEqual([
      { phase: 'hashing', totalBytes: 10, item: 'a.ovf', doneBytes: 10 },
      {
        phase: 'hashing',
        totalBytes: data['b.vmdk'].length,
        item: 'b.vmdk',
        doneBytes: data['b.vmdk'].length,
      },
    ]);
    expect(files.sources[1]!.reads.map(({ length }) => length)).toEqual([1 << 20, 1 << 20, 77]);
    expect(files.sources.every(({ closed }) => closed === 1)).toBe(true);
  });

  it('reads a file once for several algorithms', () => {
    const files = subject();
    const result = verifyManifest(
      parseManifest(lines('sha1') + lines('sha256'), 'p.mf'),
      files,
      new RecordingControl(),
    );
    expect(result.entries).toHaveLength(4);
    expect(result.state).toBe('valid');
    expect(files.sources).toHaveLength(2);
  });

  it('names the file and both digests of a mismatch', () => {
    const wrong = lines('sha256').replace(/[0-9a-f]{64}\n$/, `${'0'.repeat(64)}\n`);
    const result = verifyManifest(parseManifest(wrong, 'p.mf'), subject(), new RecordingControl());
    expect(result.state).toBe('mismatch');
    expect(result.entries[1]).toEqual({
      file: 'b.vmdk',
      state: 'mismatch',
      algorithm: 'SHA256',
      expected: '0'.repeat(64),
      actual: hex('sha256', data['b.vmdk']),
    });
  });

  it('says what is missing and what is not listed', () => {
    const manifest = parseManifest(
      `SHA1(a.ovf)= ${hex('sha1', data['a.ovf'])}\nSHA1(gone.xml)= ${sha1}`,
      'p.mf',
    );
    const result = verifyManifest(manifest, subject(), new RecordingControl());
    expect(result.entries.map(({ file, state }) => [file, state])).toEqual([
      ['a.ovf', 'valid'],
      ['gone.xml', 'missing'],
      ['b.vmdk', 'unlisted'],
    ]);
    expect(result.state).toBe('valid');
    expect(verifyManifest(manifest, subject(['gone.xml']), new RecordingControl()).state).toBe('mismatch');
  });

  it('does not take an unknown algorithm for a proof', () => {
    const result = verifyManifest(
      parseManifest('FOO9(a.ovf)= abcd', 'p.mf'),
      subject(),
      new RecordingControl(),
    );
    expect(result.state).toBe('mismatch');
    expect(result.entries[0]).toMatchObject({ state: 'mismatch', algorithm: 'FOO9', actual: null });
  });

  it('verifies empty files', () => {
    const empty = {
      files: ['e'],
      required: new Set<string>(),
      open: () => new MemorySource(new Uint8Array(0)),
    };
    const manifest = parseManifest(`SHA1(e)= ${hex('sha1', '')}`, 'p.mf');
    expect(verifyManifest(manifest, empty, new RecordingControl()).state).toBe('valid');
  });

  it('is cancelled within a block, and closes what it reads', () => {
    const files = subject();
    const manifest = parseManifest(lines('sha256'), 'p.mf');
    expect(failureOf(() => verifyManifest(manifest, files, new RecordingControl(4))).code).toBe(
      'operation.cancelled',
    );
    expect(files.sources[1]!.reads).toHaveLength(1);
    expect(files.sources[1]!.closed).toBe(1);
  });
});
