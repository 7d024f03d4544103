/** A Vagrant box whose provider has no descriptor of its own kind: a machine of the disks that lie in the box. */
import type { Warning } from '#shared/domain/image.ts';
import type { ManifestResult, PackageDisk, PackageFile, PackageInfo } from '#shared/domain/package.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, asValue } from '#shared/in-english.ts';
import { GzipSource, isGzip } from '../../archives/gzip.ts';
import { nameRefusal, normaliseName } from '../../archives/member-name.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import { Disk } from '../../disks/chain.ts';
import { probeDisk } from '../../disks/registry.ts';
import type { Container } from '../container.ts';
import type { PackageContext, PackageReader } from '../driver.ts';
import { PackageGate } from '../package-gate.ts';
import { readText } from '../text-encoding.ts';
import { readBoxMachine, type BoxDisk, type BoxMachine } from './machine.ts';
import type { BoxMetadata } from './metadata.ts';

const vagrantfileName = 'Vagrantfile';
const vagrantfileLimitBytes = 1 << 20;
const gibibyte = 2 ** 30;

export class BoxPackage implements PackageReader {
  readonly info: PackageInfo;
  readonly context: PackageContext;
  readonly #container: Container;
  readonly #gate: PackageGate;

  /** Takes ownership of the container when it succeeds. @throws Failure `package.*`. */
  constructor(container: Container, metadata: BoxMetadata, fileSizeBytes: number) {
    this.#container = container;
    const machine = readBoxMachine(metadata, container);
    const warnings = boxWarnings(container);
    this.#gate = new PackageGate({
      path: container.path,
      open: (name) => this.#open(name),
      diskFiles: machine.disks.map(({ file }) => normaliseName(file)),
      statedParent: () => null,
    });
    this.context = this.#gate.contextIn('');
    const disks = machine.disks.map((disk) => this.#describe(disk, metadata, warnings));
    warnings.push(...sizeWarnings(disks, metadata));
    if (disks.every(({ file }) => file === null)) {
      warnings.push({
        code: 'package.no-system',
        message: inEnglish('There is no disk in the box that Platter finds.'),
      });
    }
    const files = listFiles(container, new Set(disks.map(({ file }) => file)));
    this.info = {
      path: container.path,
      format: 'box',
      ovfVersion: null,
      fileSizeBytes,
      files,
      systems: [{ ...systemOf(machine, metadata), disks }],
      networks: [],
      licenses: [],
      manifest: 'absent',
      certificate: null,
      warnings,
      texts: boxTexts(container),
    };
  }

  openFile(name: string, control?: Pick<Control, 'throwIfCancelled'>): ByteSource {
    return this.#gate.remember(name, this.#open(name, control));
  }

  openStored(name: string): ByteSource {
    return this.#container.open(name);
  }

  /** Boxes carry no digests. */
  verify(): ManifestResult {
    return { state: 'absent', entries: [] };
  }

  close(): void {
    this.#container.close();
  }

  #open(name: string, control?: Pick<Control, 'throwIfCancelled'>): ByteSource {
    const source = this.#container.open(name);
    if (!isGzip(source)) return source;
    return new GzipSource(source, source.path, () => control?.throwIfCancelled());
  }

  #describe(disk: BoxDisk, metadata: BoxMetadata, warnings: Warning[]): PackageDisk {
    const file = normaliseName(disk.file);
    const found = nameRefusal(disk.file) === null ? this.#container.find(file) : null;
    const base = { name: file.replace(/^.*[/\\]/, '') || 'disk', controller: disk.controller, parent: null };
    const unknown = { format: null, virtualSizeBytes: null, sizeInPackageBytes: null, compression: null };
    if (found === null || found.refusal !== null) {
      const reason = nameRefusal(disk.file) ?? found?.refusal ?? null;
      warnings.push(
        reason === null
          ? { code: 'package.file-missing', message: inEnglish('{file} is not in the package.', { file }) }
          : {
              code: 'package.unsafe-name',
              message: inEnglish('“{name}” is not opened: {reason}.', {
                name: disk.file,
                reason: asValue(reason),
              }),
            },
      );
      return { ...base, ...unknown, file: null };
    }
    const { format, virtualSizeBytes } = this.#examine(file, warnings);
    if (metadata.format !== null && format !== null && metadata.format !== format) {
      const message = inEnglish('{file} is {format}, although metadata.json says {format2}.', {
        file,
        format,
        format2: metadata.format,
      });
      warnings.push({ code: 'package.format-mismatch', message });
    }
    return {
      ...base,
      file,
      format,
      virtualSizeBytes,
      sizeInPackageBytes: found.sizeBytes,
      compression: null,
    };
  }

  /** Opens the disk, with its parents, for its size: a box says it for one disk at most, and rounded. */
  #examine(file: string, warnings: Warning[]): Pick<PackageDisk, 'format' | 'virtualSizeBytes'> {
    let format: string | null = null;
    try {
      const source = this.openFile(file);
      try {
        format = probeDisk(source).id;
      } catch (error) {
        source.close();
        throw error;
      }
      const disk = Disk.open(source, this.context);
      disk.close();
      return { format, virtualSizeBytes: disk.capacityBytes };
    } catch (error) {
      const failure = Failure.from(error);
      if (failure.code.startsWith('io.') || failure.code === 'internal') throw failure;
      warnings.push({
        code: failure.code,
        message: inEnglish('{file} cannot be opened as a disk.', { file }),
      });
      return { format, virtualSizeBytes: null };
    }
  }
}

/** The libvirt plugin makes a volume of the size that is stated: a smaller one than the disk cuts it off. */
function sizeWarnings(disks: readonly PackageDisk[], { virtualSizeGib }: BoxMetadata): Warning[] {
  const size = disks[0]?.virtualSizeBytes ?? null;
  if (size === null || virtualSizeGib === null || virtualSizeGib === Math.ceil(size / gibibyte)) return [];
  const message = inEnglish('The disk has {size} bytes, although metadata.json says {virtualSizeGib} GiB.', {
    size,
    virtualSizeGib,
  });
  return [{ code: 'package.size-mismatch', message }];
}

function systemOf(
  machine: BoxMachine,
  { provider, architecture }: BoxMetadata,
): Omit<PackageInfo['systems'][number], 'disks'> {
  const lines = [
    `Provider: ${provider}`,
    ...(architecture === null ? [] : [`Architecture: ${architecture}`]),
    ...(machine.annotation === null ? [] : [machine.annotation]),
  ];
  return {
    name: machine.name ?? 'box',
    os: machine.os,
    vcpus: machine.vcpus,
    memoryBytes: machine.memoryBytes,
    firmware: machine.firmware,
    product: null,
    vendor: null,
    version: null,
    productUrl: null,
    annotation: lines.join('\n'),
    nics: machine.nics,
  };
}

/** Members that are never opened. */
export function boxWarnings(container: Container): Warning[] {
  return (container.files ?? [])
    .filter(({ refusal }) => refusal !== null)
    .slice(0, 100)
    .map(({ name, refusal }) => ({
      code: 'package.unsafe-name',
      message: inEnglish('“{name}” is not opened: {reason}.', { name, reason: asValue(refusal!) }),
    }));
}

/** The Vagrantfile is a program: it is shown, and nothing in it counts. */
export function boxTexts(container: Container): { file: string; text: string }[] {
  const found = container.find(vagrantfileName);
  if (found === null || found.refusal !== null) return [];
  const source = container.open(found.name);
  try {
    return [{ file: found.name, text: readText(source, vagrantfileLimitBytes, found.name) }];
  } catch (error) {
    if (error instanceof Failure && error.code === 'package.malformed') return [];
    throw error;
  } finally {
    source.close();
  }
}

function listFiles(container: Container, disks: ReadonlySet<string | null>): PackageFile[] {
  return (container.files ?? [])
    .filter(({ refusal }) => refusal === null)
    .map(({ name, sizeBytes }) => ({ name, sizeBytes, role: disks.has(name) ? 'disk' : 'other' }));
}
