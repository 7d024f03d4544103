import { describe, expect, it } from 'vitest';
import { minimal } from '../../../../fixtures/packages/descriptors.ts';
import { openPackageOf } from '../../../../fixtures/packages/memory-container.ts';

const files = ['base', 'middle', 'top']
  .map((name) => `<File ovf:id="${name}-file" ovf:href="disks/${name}.vmdk"/>`)
  .join('');
const disk = (id: string, parent: string | null, more = ''): string =>
  `<Disk ovf:diskId="${id}" ovf:fileRef="${id}-file" ovf:capacity="1024" ${
    parent === null ? '' : `ovf:parentRef="${parent}"`
  } ${more}/>`;
const content = { 'disks/base.vmdk': 'vmdk', 'disks/middle.vmdk': 'vmdk', 'disks/top.vmdk': 'vmdk' };

describe('the parents of delta disks', () => {
  it('are found through the descriptor, layer by layer', () => {
    const disks =
      disk('base', null, 'ovf:format="x/vmdk.html"') + disk('middle', 'base') + disk('top', 'middle');
    const { context, openFile, info } = bound(openPackageOf(minimal({ files, disks }), content));
    expect(info.systems[0]!.disks.map(({ name, parent }) => [name, parent])).toEqual([
      ['base.vmdk', null],
      ['middle.vmdk', 'base'],
      ['top.vmdk', 'middle'],
    ]);
    const paths: string[] = [];
    let source = openFile('disks/top.vmdk');
    for (;;) {
      paths.push(source.path);
      const parent = context.parentOf(source);
      if (parent === null) break;
      expect(parent.format).toBe('vmdk');
      source = context.openReference(parent);
    }
    expect(paths).toEqual(
      ['disks/top.vmdk', 'disks/middle.vmdk', 'disks/base.vmdk'].map((name) => `memory.ova:${name}`),
    );
  });

  it('may be empty: then nothing shows through', () => {
    const disks = '<Disk ovf:diskId="base" ovf:capacity="1024"/>' + disk('top', 'base');
    const { context, openFile } = bound(openPackageOf(minimal({ files, disks }), content));
    expect(context.parentOf(openFile('disks/top.vmdk'))).toBeNull();
  });

  it.each([
    ['missing', disk('base', null) + disk('top', 'gone'), /top needs the disk gone, which the descriptor/],
    ['each other', disk('base', 'top') + disk('top', 'base'), /parents of the disk base lead back to it/],
    ['itself', disk('base', null) + disk('top', 'top'), /parents of the disk top lead back to it/],
  ])('that are %s are warned of', (_, disks, message) => {
    const { info } = openPackageOf(minimal({ files, disks }), content);
    expect(info.warnings.filter(({ code }) => code === 'package.dangling-reference')[0]?.message).toMatch(
      message,
    );
  });
});

function bound(reader: ReturnType<typeof openPackageOf>) {
  return { info: reader.info, context: reader.context, openFile: (name: string) => reader.openFile(name) };
}
