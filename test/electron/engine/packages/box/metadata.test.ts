import { describe, expect, it } from 'vitest';
import type { Message } from '#shared/in-english.ts';
import { inWords } from '#shared/text/in-words.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { readMetadata } from '#engine/packages/box/metadata.ts';
import { failureOf } from '../../../../fixtures/packages/recording.ts';

const read = (text: string) => readMetadata(new MemorySource(Buffer.from(text)));

describe('metadata.json', () => {
  it.each([
    [
      '{"provider":"libvirt","format":"qcow2","virtual_size":10}',
      { provider: 'libvirt', format: 'qcow2', virtualSizeGib: 10, disks: [], architecture: null },
    ],
    [
      '\ufeff{"provider":"libvirt","architecture":"arm64","disks":[{"path":"a"},{"name":"x","path":"b"},{},1]}',
      { provider: 'libvirt', architecture: 'arm64', virtualSizeGib: null, disks: ['a', 'b'] },
    ],
    ['{"provider":"x","virtual_size":"10","disks":{}}', { provider: 'x', virtualSizeGib: null, disks: [] }],
    ['{"provider":"x","virtual_size":-1}', { virtualSizeGib: null }],
    ['{"provider":"x","virtual_size":1e300}', { virtualSizeGib: null }],
  ])('%s', (text, expected) => expect(read(text)).toMatchObject(expected));

  it.each([
    ['{', /not JSON/],
    ['[]', /no object/],
    ['null', /no object/],
    ['{"provider":""}', /no provider/],
    ['{"provider":1}', /no provider/],
    [`{"provider":"x","disks":[${'{},'.repeat(300)}{}]}`, /more than 256/],
    [' '.repeat((1 << 20) + 1), /larger than/],
  ])('%.30s is refused', (text, problem) => {
    const failure = failureOf(() => read(text));
    expect(failure).toMatchObject({ code: 'package.malformed', details: { structure: 'metadata.json' } });
    expect(inWords((failure.details as { problem: Message }).problem)).toMatch(problem);
  });
});
