import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WrappedSink, type WrappedContent } from '#engine/archives/wrapped-sink.ts';
import { unwrap, writtenWrappers } from '#engine/archives/wrappers.ts';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import type { ByteSink } from '#engine/bytes/sink.ts';
import { failureOf, readAll } from '../../../fixtures/packages/recording.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import { noise, prose } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';
import { filter, mixture, put } from './compressed-files.ts';

const folder = scratchFolder();

/** A sink that keeps what it gets, which must come in order. */
function collector(): ByteSink & { bytes(): Buffer } {
  const parts: Buffer[] = [];
  let end = 0;
  return {
    write(fileOffset, bytes) {
      expect(fileOffset).toBe(end);
      parts.push(Buffer.from(bytes));
      end += bytes.length;
    },
    truncate: () => expect.unreachable(),
    bytes: () => Buffer.concat(parts),
  };
}

const creationOf = (id: string) => writtenWrappers.find((wrapper) => wrapper.id === id)!.creation;
const ids = writtenWrappers.map(({ id }) => id);

function wrapped(
  id: string,
  pieces: readonly { at: number; bytes: Uint8Array }[],
  content: WrappedContent,
): Buffer {
  const output = collector();
  const sink = new WrappedSink(output, creationOf(id), content);
  sink.truncate(content.sizeBytes);
  for (const { at, bytes } of pieces) sink.write(at, bytes);
  sink.finish();
  const bytes = output.bytes();
  expect(sink.outputBytes).toBe(bytes.length);
  expect(bytes.length).toBeLessThanOrEqual(creationOf(id).outputLimit(content.sizeBytes));
  return bytes;
}

const sizeBytes = (9 << 20) + 513;
const pieces = [
  { at: 4096, bytes: mixture(1_000_000) },
  { at: 3 << 20, bytes: noise(200_000) },
  { at: (9 << 20) - 10, bytes: prose(300) },
];
const content: WrappedContent = {
  sizeBytes,
  dataSpans: pieces.map(({ at, bytes }) => ({ start: at, length: bytes.length })),
};
const whole = Buffer.alloc(sizeBytes);
for (const { at, bytes } of pieces) whole.set(bytes, at);

describe('WrappedSink', () => {
  it.each(ids)('%s reads back, holes and all', (id) => {
    const bytes = wrapped(id, pieces, content);
    const { source, wrapper } = unwrap(new MemorySource(bytes));
    expect(wrapper).toBe(id);
    expect(readAll(source).equals(whole)).toBe(true);
  });

  it.each(ids)('%s makes the same bytes of the same content, however it is cut', (id) => {
    const cut = pieces.flatMap(({ at, bytes }) => [
      { at, bytes: bytes.subarray(0, 77) },
      { at: at + 77, bytes: bytes.subarray(77) },
    ]);
    expect(wrapped(id, pieces, content).equals(wrapped(id, cut, content))).toBe(true);
  });

  it.each(ids)('%s holds nothing at all', (id) => {
    const { source } = unwrap(new MemorySource(wrapped(id, [], { sizeBytes: 4096, dataSpans: [] })));
    expect(readAll(source).equals(Buffer.alloc(4096))).toBe(true);
  });

  it.each(ids)('%s does not go back, grow, or change its size', (id) => {
    const sink = new WrappedSink(collector(), creationOf(id), { sizeBytes: 10_000 });
    sink.write(100, noise(50));
    expect(failureOf(() => sink.write(149, noise(1))).code).toBe('internal');
    expect(failureOf(() => sink.write(9_990, noise(20))).code).toBe('internal');
    expect(failureOf(() => sink.truncate(10_001)).code).toBe('internal');
    sink.finish();
    expect(failureOf(() => sink.write(10_000, noise(0))).code).toBe('internal');
  });

  it('does not lose data that lie where a hole was announced', () => {
    const sink = new WrappedSink(collector(), creationOf('tar+gzip'), { sizeBytes: 1 << 20, dataSpans: [] });
    expect(failureOf(() => sink.write(512, noise(512))).code).toBe('internal');
  });

  it('joins pieces of a tar where there are too many', () => {
    const spans = Array.from({ length: 70_000 }, (_, index) => ({ start: index << 20, length: 512 }));
    const output = collector();
    const sink = new WrappedSink(output, creationOf('tar+gzip'), {
      sizeBytes: 100_000 << 20,
      dataSpans: spans.slice(0, 65_536),
    });
    expect(sink.outputBytes).toBeGreaterThan(0);
    expect(
      () =>
        new WrappedSink(collector(), creationOf('tar+gzip'), { sizeBytes: 100_000 << 20, dataSpans: spans }),
    ).not.toThrow();
  });
});

describe('xz', () => {
  it('reads back whatever it is given', () => {
    const structured = fc
      .array(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.record({ byte: fc.nat(255), count: fc.nat(3000) }),
          fc.record({ back: fc.nat(5000), count: fc.nat(2000) }),
        ),
        { maxLength: 40 },
      )
      .map(build);
    fc.assert(
      fc.property(structured, (bytes) => {
        const packed = wrapped('xz', [{ at: 0, bytes }], { sizeBytes: bytes.length });
        const { source } = unwrap(new MemorySource(packed));
        return readAll(source).equals(bytes);
      }),
      { numRuns: 60 },
    );
  });
});

type Step = Uint8Array | { byte: number; count: number } | { back: number; count: number };

/** Literal bytes, runs, and copies of what came before. */
function build(steps: readonly Step[]): Buffer {
  const bytes: number[] = [];
  for (const step of steps) {
    if (step instanceof Uint8Array) bytes.push(...step);
    else if ('byte' in step) for (let index = 0; index < step.count; index++) bytes.push(step.byte);
    else {
      const from = Math.max(0, bytes.length - 1 - step.back);
      for (let index = 0; index < step.count && bytes.length > 0; index++) bytes.push(bytes[from + index]!);
    }
  }
  return Buffer.from(bytes);
}

describeWith(
  ['gzip', 'xz', 'zstd', 'tar', '7z', 'python3'],
  'what is written, as other programs read it',
  () => {
    it.each([
      ['gzip', 'gzip', ['-dc']],
      ['xz', 'xz', ['-dc']],
      ['zstd', 'zstd', ['-q', '-dc']],
      [
        'xz',
        'python3',
        ['-c', 'import sys,lzma;sys.stdout.buffer.write(lzma.decompress(sys.stdin.buffer.read()))'],
      ],
    ] as const)('%s by %s', (id, program, args) => {
      expect(filter(toolPath(program)!, args, wrapped(id, pieces, content)).equals(whole)).toBe(true);
    });

    it.each(['gz', 'xz', 'tar.gz'])('7z tests .%s', (extension) => {
      const wrapper = writtenWrappers.find(({ creation }) => creation.extension === extension)!;
      const path = put(folder, `seven.${extension}`, wrapped(wrapper.id, pieces, content));
      expect(execFileSync(toolPath('7z')!, ['t', path]).toString()).toContain('Everything is Ok');
    });

    it('xz states blocks and sizes, zstd its size', () => {
      const xz = put(folder, 'list.xz', wrapped('xz', pieces, content));
      const list = execFileSync(toolPath('xz')!, ['--robot', '--list', xz]).toString();
      expect(list).toMatch(new RegExp(`totals\\t1\\t2\\t\\d+\\t${sizeBytes}\\t[\\d.]+\\tCRC64`));
      const zst = put(folder, 'list.zst', wrapped('zstd', pieces, content));
      const header = execFileSync(toolPath('zstd')!, ['-lv', zst]).toString();
      expect(header).toContain(`(${sizeBytes} B)`);
      expect(header).toContain('XXH64');
    });

    it('tar finds disk.raw, sparse', () => {
      const path = put(folder, 'google.tar.gz', wrapped('tar+gzip', pieces, content));
      const listing = execFileSync(toolPath('tar')!, ['-tvzf', path], {
        env: { ...process.env, TZ: 'UTC' },
      }).toString();
      expect(listing.trim()).toMatch(new RegExp(`^-rw-r--r-- 0/0 +${sizeBytes} 1970-01-01 00:00 disk.raw$`));
      execFileSync(toolPath('tar')!, ['-xzf', path], { cwd: folder });
      const extracted = join(folder, 'disk.raw');
      expect(filter('cat', [extracted], new Uint8Array(0)).equals(whole)).toBe(true);
      expect(statSync(extracted).blocks * 512).toBeLessThan(3 << 20);
      const script = `import tarfile;t=tarfile.open(${JSON.stringify(path)});m=t.getmembers();print(len(m),m[0].name,m[0].size)`;
      expect(execFileSync(toolPath('python3')!, ['-c', script]).toString().trim()).toBe(
        `1 disk.raw ${sizeBytes}`,
      );
    });

    it('tar takes sizes beyond 8 GiB and more pieces than one header holds', () => {
      const spans = Array.from({ length: 40 }, (_, index) => ({ start: index * 2 ** 28, length: 1024 }));
      const size = 40 * 2 ** 28;
      const large = spans.map(({ start }, index) => ({ at: start, bytes: noise(1024, index + 1) }));
      const path = put(
        folder,
        'large.tar.gz',
        wrapped('tar+gzip', large, { sizeBytes: size, dataSpans: spans }),
      );
      expect(statSync(path).size).toBeLessThan(1 << 20);
      const listing = execFileSync(toolPath('tar')!, ['-tvzf', path]).toString();
      expect(listing).toMatch(new RegExp(` ${size} .* disk.raw\n$`));
      const { source } = unwrap(new FileSource(path));
      expect(source.sizeBytes).toBe(size);
      const part = new Uint8Array(1024);
      source.read(39 * 2 ** 28, part);
      expect(part).toEqual(noise(1024, 40));
      source.close();
    }, 20_000);
  },
);
