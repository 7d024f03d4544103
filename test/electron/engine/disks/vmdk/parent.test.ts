import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { parseDescriptor } from '#engine/disks/vmdk/descriptor.ts';
import { contentIdOf, parentReference } from '#engine/disks/vmdk/parent.ts';
import type { OpenContext } from '#engine/disks/driver.ts';
import { separate } from './image-files.ts';
import { alone, failureOf, openBytes } from './read-disk.ts';
import { descriptorText, sparseImage } from './sparse-image.ts';
import { inWords } from '#shared/text/in-words.ts';

const uuid = '9afa1dd0-d966-4279-a762-b7fbb0136308';
const other = '00000000-d966-4279-a762-b7fbb0136308';

/** A sparse image whose descriptor has those lines instead of its content ids. */
const image = (ids: string, more = ''): Buffer =>
  sparseImage({
    descriptor: descriptorText(2048, 'monolithicSparse', more).replace(/CID=\w+\nparentCID=\w+\n/, ids),
  }).bytes;

describe('parentReference', () => {
  const file = new MemorySource(new Uint8Array(0), 'child.vmdk');
  const reference = (lines: string, context: OpenContext = alone): unknown =>
    parentReference(file, parseDescriptor(lines, 0), context);

  it('finds no parent where none is', () => {
    expect(reference('parentCID=ffffffff')).toBeNull();
    expect(reference('parentCID=FFFFFFFF\nparentFileNameHint="old.vmdk"')).toBeNull();
    expect(reference('parentCID=00000000ffffffff')).toBeNull();
    expect(reference('CID=1')).toBeNull();
    expect(reference('ddb.uuid.parent="00000000-0000-0000-0000-000000000000"')).toBeNull();
  });

  it('finds it by its file name', () => {
    const lines = 'parentCID=12345678\nparentFileNameHint="base.vmdk"';
    expect(reference(lines)).toEqual({ name: 'base.vmdk', format: 'vmdk' });
    const byUuid = `parentFileNameHint="p.vmdk"\nddb.uuid.parent="${uuid}"`;
    expect(reference(byUuid)).toEqual({ name: 'p.vmdk', format: 'vmdk' });
  });

  it('looks for it beside the image where nobody wrote its name down', () => {
    const files = {
      'a.txt': Buffer.from('nothing'),
      'b.vmdk': image('CID=1\nparentCID=ffffffff\n', `ddb.uuid.image="${uuid}"`),
      'c.vmdk': separate('custom', ['RW 8 ZERO']),
      'd.vmdk': image('CID=1\nparentCID=ffffffff\n').subarray(0, 700),
    };
    const context: OpenContext = {
      ...alone,
      findBeside: (matches) =>
        Object.entries(files).find(([, bytes]) => matches(new MemorySource(bytes)))?.[0] ?? null,
    };
    expect(reference(`ddb.uuid.parent="${uuid.toUpperCase()}"`, context)).toEqual({
      name: 'b.vmdk',
      format: 'vmdk',
    });
    expect(reference('parentCID=CAFE0001', context)).toEqual({ name: 'c.vmdk', format: 'vmdk' });
    const { details } = failureOf('image.parent-missing', () => reference('parentCID=12345678', context));
    expect(details).toEqual({ path: 'child.vmdk', reference: 'CID 12345678' });
    const missing = failureOf('image.parent-missing', () => reference(`ddb.uuid.parent="${other}"`));
    expect(missing.details.reference).toBe(other);
  });
});

describe('checkParent()', () => {
  const hint = 'parentFileNameHint="base.vmdk"';
  const problem = (child: Buffer, parent: Buffer): string | null => {
    const [top, below] = [openBytes(child), openBytes(parent)];
    try {
      top.checkParent!(below);
      return null;
    } catch {
      const failure = failureOf('image.parent-mismatch', () => top.checkParent!(below));
      expect(failure.details).toMatchObject({ path: 'image.vmdk', parent: 'base.vmdk' });
      return inWords(failure.details.problem);
    }
  };

  it('compares content ids, however they are spelt', () => {
    const child = (id: string): Buffer => image(`CID=2\nparentCID=${id}\n`, hint);
    const parent = image('CID=0abcdef1\nparentCID=ffffffff\n');
    expect(problem(child('0abcdef1'), parent)).toBeNull();
    expect(problem(child('ABCDEF1'), parent)).toBeNull();
    expect(problem(child('fffffffe'), image('CID=fffffffe\n'))).toBeNull();
    expect(problem(child('0abcdef2'), parent)).toContain('content ID is 0abcdef1, not 0abcdef2');
    expect(problem(child('nonsense'), parent)).toContain('noted of it cannot be read');
    expect(problem(child('0abcdef1'), separate('custom', ['RW 8 ZERO']))).toContain('cafe0001');
    expect(problem(child('0abcdef1'), image('version=1\n'))).toContain('its content ID is missing');
  });

  it('compares UUIDs where VirtualBox made the child', () => {
    const child = image(
      'CID=1\nparentCID=ffffffff\n',
      `${hint}\nddb.uuid.parent="${uuid}"\nddb.uuid.parentmodification="${other}"`,
    );
    const parent = (more: string): Buffer => image('CID=1\n', more);
    expect(problem(child, parent(`ddb.uuid.image="${uuid}"`))).toBeNull();
    expect(problem(child, parent(`ddb.uuid.image="${uuid}"\nddb.uuid.modification="${other}"`))).toBeNull();
    expect(problem(child, parent(`ddb.uuid.image="${other}"`))).toContain(`not ${uuid}`);
    expect(problem(child, parent(''))).toContain('its UUID is missing');
    expect(problem(child, parent(`ddb.uuid.image="${uuid}"\nddb.uuid.modification="${uuid}"`))).toContain(
      'written to since',
    );
  });

  it('has nothing against anything where there is no parent', () => {
    expect(problem(image('CID=1\nparentCID=ffffffff\n'), image('CID=2\n'))).toBeNull();
  });
});

it('knows a disk by eight digits', () => {
  const id = (lines: string): unknown => contentIdOf(parseDescriptor(lines, 0));
  expect([id('CID=ABC'), id('CID=fffffffe'), id('CID=?'), id('version=1')]).toEqual([
    '00000abc',
    'fffffffe',
    null,
    null,
  ]);
});
