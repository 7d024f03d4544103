// What belongs together, found by scans of real files: made by qemu-img where it makes such things.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSums } from '#engine/operations/check-sums.ts';
import { createImage } from '#engine/operations/create.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { LibraryIndex } from '../../../electron/catalogue/library-index.ts';
import { findImageByPath } from '../../../electron/catalogue/images.ts';
import { libraryChangeOf } from '../../../electron/jobs/work.ts';
import { needsTool, toolPath } from '../../setup/tools.ts';
import { quietControl } from '../engine/quiet-control.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { scannedLibrary, type ScannedLibrary } from './scanned-library.ts';

const scratch = scratchFolder();
const madeAt = 1_700_000_000_000;

let root: string;
let library: ScannedLibrary;
let index: LibraryIndex;
let watched: number;

beforeEach(async () => {
  root = mkdtempSync(join(scratch, 'watched-'));
  library = scannedLibrary(madeAt + 3_600_000);
  index = new LibraryIndex(library.catalogue);
  watched = library.scanner.add(root).id;
  await library.scanner.scan(watched);
});
afterEach(async () => {
  await library.scanner.close();
  library.catalogue.close();
});

const at = (name: string): string => join(root, name);

async function scan(): Promise<void> {
  settle(root);
  await library.scanner.scan(watched);
}

/** Long ago, so that no file is taken for one that is still being written. */
function settle(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) settle(path);
    else utimesSync(path, madeAt / 1000, madeAt / 1000);
  }
}

function qemuImg(...words: readonly string[]): void {
  execFileSync(toolPath('qemu-img')!, [...words], { cwd: root, stdio: 'pipe' });
}

function write(name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
}

function makeDisk(name: string, format: string): void {
  mkdirSync(dirname(at(name)), { recursive: true });
  createImage({ outputPath: at(name), target: { format }, capacityBytes: 1 << 20 }, quietControl());
}

function list(text = ''): readonly LibraryEntry[] {
  const query = { text, scope: '', sort: { key: 'name', direction: 'ascending' } } as const;
  return index.page(query, 0, 500, null).entries;
}
const names = (text = ''): string[] => list(text).map(({ path }) => path.slice(root.length + 1));
const idOf = (name: string): number => findImageByPath(library.catalogue, at(name))!.id;
/** The parts of an entry: role, path from the root, state; a star for what is not its own. */
const partsOf = (name: string): string[] =>
  index
    .belongings(idOf(name))!
    .parts.map(
      ({ role, path, name: said, state, own }) =>
        `${role} ${path?.slice(root.length + 1) ?? said} ${state}${own ? '' : '*'}`,
    );

describe.skipIf(!needsTool('qemu-img'))('disks of several files', () => {
  it('are one entry: a VMDK with its extents, its size and theirs', async () => {
    qemuImg('create', '-f', 'vmdk', '-o', 'subformat=monolithicFlat', 'flat.vmdk', '1M');
    qemuImg('create', '-f', 'vmdk', '-o', 'subformat=twoGbMaxExtentSparse', 'split.vmdk', '5G');
    writeFileSync(at('flat-flat.vmdk'), new Uint8Array(1 << 20).fill(1));
    await scan();
    expect(names()).toEqual(['flat.vmdk', 'split.vmdk']);
    expect(partsOf('flat.vmdk')).toEqual(['extent flat-flat.vmdk present']);
    expect(partsOf('split.vmdk')).toEqual([
      'extent split-s001.vmdk present',
      'extent split-s002.vmdk present',
      'extent split-s003.vmdk present',
    ]);
    const [flat, split] = list();
    expect(flat!.parts).toMatchObject({ count: 1, missing: 0, chain: null, whole: null });
    expect(flat!.parts!.bytes).toBeGreaterThanOrEqual(1 << 20);
    expect(split!.parts).toMatchObject({ count: 3, missing: 0 });
    expect(list('size:>=1M').map(({ name }) => name)).toContain('flat.vmdk');
    expect(names('is:part')).toEqual(['split-s001.vmdk', 'split-s002.vmdk', 'split-s003.vmdk']);
    // What a part is called finds the whole.
    expect(names('s002')).toEqual(['split.vmdk']);
  });

  it('are whole again when a part comes back, and opened again', async () => {
    qemuImg('create', '-f', 'vmdk', '-o', 'subformat=monolithicFlat', 'flat.vmdk', '1M');
    renameSync(at('flat-flat.vmdk'), join(scratch, 'away'));
    await scan();
    expect(partsOf('flat.vmdk')).toEqual(['extent flat-flat.vmdk missing']);
    expect(names('is:incomplete')).toEqual(['flat.vmdk']);
    expect(list()[0]).toMatchObject({ virtualSizeBytes: null, parts: { count: 0, missing: 1 } });
    renameSync(join(scratch, 'away'), at('flat-flat.vmdk'));
    await scan();
    expect(names('is:incomplete')).toEqual([]);
    expect(list()[0]).toMatchObject({ virtualSizeBytes: 1 << 20, parts: { count: 1, missing: 0 } });
    rmSync(at('flat-flat.vmdk'));
    await scan();
    expect(names('is:incomplete')).toEqual(['flat.vmdk']);
  });

  it('are a qcow2 with its data file, and files cut into pieces', async () => {
    qemuImg('create', '-f', 'qcow2', '-o', 'data_file=bytes.raw,data_file_raw=on', 'disk.qcow2', '1M');
    makeDisk('whole.qcow2', 'qcow2');
    const bytes = readFileSync(at('whole.qcow2'));
    rmSync(at('whole.qcow2'));
    const third = Math.ceil(bytes.length / 3);
    for (const piece of [1, 2, 3])
      write(`cut.qcow2.00${piece}`, bytes.subarray((piece - 1) * third, piece * third));
    await scan();
    expect(names()).toEqual(['cut.qcow2.001', 'disk.qcow2']);
    expect(partsOf('disk.qcow2')).toEqual(['extent bytes.raw present']);
    expect(partsOf('cut.qcow2.001')).toEqual([
      'piece-of cut.qcow2.002 present',
      'piece-of cut.qcow2.003 present',
    ]);
    expect(list()[0]!.parts).toMatchObject({ count: 2 });
    rmSync(at('cut.qcow2.003'));
    await scan();
    expect(list()[0]!.parts).toMatchObject({ count: 1, missing: 1 });
  });
});

describe.skipIf(!needsTool('qemu-img'))('chains', () => {
  beforeEach(() => {
    qemuImg('create', '-f', 'qcow2', 'base.qcow2', '1M');
    qemuImg('create', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', 'one.qcow2');
  });

  it('are one entry as long as nothing else stands on them', async () => {
    qemuImg('create', '-f', 'qcow2', '-b', 'one.qcow2', '-F', 'qcow2', 'top.qcow2');
    await scan();
    expect(names()).toEqual(['top.qcow2']);
    expect(partsOf('top.qcow2')).toEqual(['parent one.qcow2 present', 'parent base.qcow2 present']);
    expect(names('chain:complete')).toEqual(['top.qcow2']);
    expect(index.belongings(idOf('base.qcow2'))).toMatchObject({
      whole: { name: 'top.qcow2' },
      neededBy: [{ role: 'parent', entry: { name: 'one.qcow2' } }],
    });
    const query = { text: '', scope: '', sort: { key: 'name', direction: 'ascending' } } as const;
    expect(index.page(query, 0, 5, idOf('base.qcow2')).place).toBe(0);
  });

  it('leave a base of two overlays by itself', async () => {
    await scan();
    expect(names()).toEqual(['one.qcow2']);
    qemuImg('create', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', 'two.qcow2');
    await scan();
    expect(names()).toEqual(['base.qcow2', 'one.qcow2', 'two.qcow2']);
    expect(partsOf('one.qcow2')).toEqual(['parent base.qcow2 present*']);
    expect(index.belongings(idOf('base.qcow2'))!.neededBy.map(({ entry }) => entry.name)).toEqual([
      'one.qcow2',
      'two.qcow2',
    ]);
    rmSync(at('two.qcow2'));
    await scan();
    // A missing entry still says what it stood on.
    expect(names()).toEqual(['base.qcow2', 'one.qcow2', 'two.qcow2']);
    index.refresh();
    library.catalogue.run("DELETE FROM images WHERE path LIKE '%two.qcow2'");
    expect(names()).toEqual(['one.qcow2']);
  });

  it('are broken where a parent is missing, and where they go in a circle', async () => {
    await scan();
    rmSync(at('base.qcow2'));
    await scan();
    expect(names('chain:broken')).toEqual(['one.qcow2']);
    expect(partsOf('one.qcow2')).toEqual(['parent base.qcow2 missing']);
    qemuImg('create', '-f', 'qcow2', '-u', '-b', 'one.qcow2', '-F', 'qcow2', 'base.qcow2', '1M');
    await scan();
    expect(names()).toEqual(['base.qcow2', 'one.qcow2']);
    expect(names('chain:broken')).toEqual(['base.qcow2', 'one.qcow2']);
  });

  it('are not looked for where anybody may have led us', async () => {
    mkdirSync(at('deep/er'), { recursive: true });
    qemuImg('create', '-f', 'qcow2', '-u', '-b', '/etc/hostname', '-F', 'raw', 'deep/er/far.qcow2', '1M');
    qemuImg('create', '-f', 'qcow2', '-u', '-b', 'nbd://host/disk', '-F', 'raw', 'deep/er/net.qcow2', '1M');
    await scan();
    expect(names('chain:unknown')).toEqual(['deep/er/far.qcow2', 'deep/er/net.qcow2']);
    expect(partsOf('deep/er/net.qcow2')).toEqual(['parent nbd://host/disk unknown*']);
  });

  it('of a renamed parent are broken, and whole again under the old name', async () => {
    await scan();
    renameSync(at('base.qcow2'), at('other.qcow2'));
    await scan();
    expect(names()).toEqual(['one.qcow2', 'other.qcow2']);
    expect(names('chain:broken')).toEqual(['one.qcow2']);
    renameSync(at('other.qcow2'), at('base.qcow2'));
    await scan();
    expect(names()).toEqual(['one.qcow2']);
    expect(names('chain:complete')).toEqual(['one.qcow2']);
  });
});

describe('machines and packages', () => {
  it('have their disks, whoever wrote them', async () => {
    makeDisk('vmware/disk.vmdk', 'vmdk');
    write(
      'vmware/station.vmx',
      '.encoding = "UTF-8"\nconfig.version = "8"\nvirtualHW.version = "19"\nguestOS = "debian12-64"\n' +
        'scsi0:0.present = "TRUE"\nscsi0:0.fileName = "disk.vmdk"\nnvram = "station.nvram"\n',
    );
    write('vmware/station.nvram', 'variables');
    makeDisk('box/Snapshots/a.vdi', 'vdi');
    makeDisk('box/base.vdi', 'vdi');
    write(
      'box/harbour.vbox',
      `<?xml version="1.0"?>
      <VirtualBox xmlns="http://www.virtualbox.org/" version="1.19-linux">
        <Machine uuid="{0}" name="harbour" OSType="Ubuntu_64"><MediaRegistry><HardDisks>
          <HardDisk uuid="{1}" location="base.vdi" format="VDI"><HardDisk uuid="{2}" location="Snapshots/a.vdi"/></HardDisk>
        </HardDisks><DVDImages><Image uuid="{3}" location="/isos/tools.iso"/></DVDImages></MediaRegistry></Machine>
      </VirtualBox>`,
    );
    makeDisk('kvm/root.qcow2', 'qcow2');
    write(
      'kvm/buoy.xml',
      `<domain type='kvm'><name>buoy</name><metadata>
        <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0">
          <libosinfo:os id="http://fedoraproject.org/fedora/40"/></libosinfo:libosinfo></metadata>
        <devices><disk type='file' device='disk'><source file='${at('kvm/root.qcow2')}'/></disk>
        <disk type='file' device='cdrom'><source file='/isos/gone.iso'/></disk></devices></domain>`,
    );
    makeDisk('Pier.utm/Data/disk.qcow2', 'qcow2');
    write(
      'Pier.utm/config.plist',
      `<?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
      <plist version="1.0"><dict><key>Backend</key><string>QEMU</string><key>Drive</key><array><dict>
        <key>ImageName</key><string>disk.qcow2</string><key>ImageType</key><string>Disk</string></dict></array></dict></plist>`,
    );
    await scan();
    expect(names()).toEqual(
      ['kvm/buoy.xml', 'Pier.utm/config.plist', 'box/harbour.vbox', 'vmware/station.vmx'].sort((a, b) =>
        a.replace(/.*\//, '') < b.replace(/.*\//, '') ? -1 : 1,
      ),
    );
    expect(partsOf('vmware/station.vmx')).toEqual([
      'disk vmware/disk.vmdk present',
      'state vmware/station.nvram present',
      'state vmware/station.vmsd missing',
    ]);
    expect(partsOf('box/harbour.vbox')).toEqual([
      'disk box/base.vdi present',
      'disk box/Snapshots/a.vdi present',
      `medium ${'/isos/tools.iso'.slice(root.length + 1)} unknown*`,
    ]);
    expect(partsOf('kvm/buoy.xml').slice(0, 1)).toEqual(['disk kvm/root.qcow2 present']);
    expect(partsOf('Pier.utm/config.plist').slice(0, 1)).toEqual(['disk Pier.utm/Data/disk.qcow2 present']);
    expect(names('is:incomplete')).toEqual([]);
    expect(names('os:fedora')).toEqual(['kvm/buoy.xml']);
    expect(names('os:ubuntu,debian')).toEqual(['box/harbour.vbox', 'vmware/station.vmx']);
    expect(names('kind:machine')).toHaveLength(4);
  });

  it('claim nothing for themselves that two of them have', async () => {
    makeDisk('disk.vmdk', 'vmdk');
    const vmx = 'config.version = "8"\nvirtualHW.version = "19"\nscsi0:0.fileName = "disk.vmdk"\n';
    write('a.vmx', vmx);
    write('b.vmx', vmx);
    await scan();
    expect(names()).toEqual(['a.vmx', 'b.vmx', 'disk.vmdk']);
    appendFileSync(at('b.vmx'), 'scsi0:0.present = "FALSE"\n');
    settle(root);
    utimesSync(at('b.vmx'), madeAt / 1000 + 60, madeAt / 1000 + 60);
    await library.scanner.scan(watched);
    expect(names()).toEqual(['a.vmx', 'b.vmx']);
  });

  it('are OVF folders, bundles, and images with the kernel and RAM disk beside them', async () => {
    makeDisk('folder/disk.vmdk', 'vmdk');
    write(
      'folder/harbour.ovf',
      `<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
        <References><File ovf:id="f" ovf:href="disk.vmdk"/><File ovf:id="g" ovf:href="gone.vmdk"/></References>
        <VirtualSystem ovf:id="vm"><OperatingSystemSection ovf:id="96"><Description>Debian 12</Description>
        </OperatingSystemSection></VirtualSystem></Envelope>`,
    );
    write('folder/harbour.mf', `SHA256(disk.vmdk)= ${'0'.repeat(64)}\n`);
    await scan();
    expect(names()).toEqual(['folder/harbour.ovf']);
    expect(partsOf('folder/harbour.ovf')).toEqual([
      'member folder/disk.vmdk present',
      'member folder/gone.vmdk missing',
      'member folder/harbour.mf present',
      'member folder/harbour.cert missing',
    ]);
    expect(list()[0]!.parts).toMatchObject({ count: 2, missing: 1 });
    expect(names('os:debian')).toEqual(['folder/harbour.ovf']);
    expect(statSync(at('folder/harbour.mf')).isFile()).toBe(true);
  });
});

describe('checksums', () => {
  const hashOf = (name: string, algorithm: string): string =>
    createHash(algorithm)
      .update(readFileSync(at(name)))
      .digest('hex');
  const sums = (name: string): string[] =>
    index
      .belongings(idOf(name))!
      .sums.map(({ source, algorithm, state }) => `${source.slice(root.length + 1)} ${algorithm} ${state}`);
  /** As the job does that checks them. */
  async function check(name: string): Promise<void> {
    const said = index
      .belongings(idOf(name))!
      .sums.flatMap(({ algorithm, expected }) => (expected === null ? [] : [{ algorithm, expected }]));
    const work = { kind: 'check-sums', request: { path: at(name), sums: said } } as const;
    const outcome = { kind: 'check-sums', result: checkSums(work.request, quietControl()) } as const;
    const change = await libraryChangeOf(work, { outcome, looks: [] }, null);
    change(library.catalogue, '2025-01-02T00:00:00.000Z');
  }

  it('beside an image are known, checked, and known again to be unchecked when the file was written', async () => {
    makeDisk('a.qcow2', 'qcow2');
    makeDisk('b.vdi', 'vdi');
    write(
      'SHA256SUMS',
      `${hashOf('a.qcow2', 'sha256')} *a.qcow2\n${'0'.repeat(64)}  b.vdi\n${'1'.repeat(64)}  gone\n`,
    );
    write('a.qcow2.md5', `${hashOf('a.qcow2', 'md5')}\n`);
    write('b.vdi.asc', '-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n');
    write('a.qcow2.sig', 'not a signature');
    await scan();
    expect(names()).toEqual(['a.qcow2', 'b.vdi']);
    expect(sums('a.qcow2')).toEqual(['SHA256SUMS sha256 unchecked', 'a.qcow2.md5 md5 unchecked']);
    expect(sums('b.vdi')).toEqual(['SHA256SUMS sha256 unchecked', 'b.vdi.asc openpgp signed']);
    expect(list().map((entry) => entry.sums)).toEqual(['unchecked', 'unchecked']);
    await check('a.qcow2');
    await check('b.vdi');
    expect(sums('a.qcow2')).toEqual(['SHA256SUMS sha256 matches', 'a.qcow2.md5 md5 matches']);
    expect(list().map((entry) => entry.sums)).toEqual(['matches', 'differs']);
    appendFileSync(at('a.qcow2'), Buffer.alloc(512));
    rmSync(at('SHA256SUMS'));
    await scan();
    expect(sums('a.qcow2')).toEqual(['a.qcow2.md5 md5 unchecked']);
    expect(list().map((entry) => entry.sums)).toEqual(['unchecked', 'signed']);
  });
});
