/** A UEC tarball as a package: one machine whose disk is the image, booted with the kernel and the ramdisk beside it. */
import type { Warning } from '#shared/domain/image.ts';
import type { ManifestResult, PackageDisk, PackageFile, PackageInfo } from '#shared/domain/package.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import { Disk } from '../../disks/chain.ts';
import { probeDisk } from '../../disks/registry.ts';
import type { Container, ContainerFile } from '../container.ts';
import type { PackageContext, PackageReader } from '../driver.ts';
import { readSetName, type SetRole } from '../machine-image-names.ts';
import { PackageGate } from '../package-gate.ts';
import { holdsRole } from './content.ts';

/** More images than any tarball has; each is opened. */
const mostImages = 16;
const mostWarnings = 100;

interface Member extends ContainerFile {
  readonly role: SetRole;
  readonly stem: string;
}

export class UecPackage implements PackageReader {
  readonly info: PackageInfo;
  readonly context: PackageContext;
  readonly #container: Container;
  readonly #gate: PackageGate;
  readonly #warnings: Warning[] = [];

  /** Takes ownership of the container when it succeeds. @throws Failure `package.malformed`. */
  constructor(container: Container, fileSizeBytes: number) {
    this.#container = container;
    const members = this.#members();
    const images = members.filter(({ role }) => role === 'image').slice(0, mostImages);
    this.#gate = new PackageGate({
      path: container.path,
      open: (name) => container.open(name),
      diskFiles: images.map(({ name }) => name),
      statedParent: () => null,
    });
    this.context = this.#gate.contextIn('');
    const kernel = members.find(({ role }) => role === 'kernel') ?? null;
    const ramdisk = members.find(({ role }) => role === 'ramdisk') ?? null;
    const loader = members.find(({ role }) => role === 'loader') ?? null;
    for (const member of [kernel, ramdisk]) if (member !== null) this.#requireContent(member);
    const disks = images.map((image) => this.#describe(image));
    if (images.length === 0) this.#warn('package.no-system', inEnglish('There is no image in the tarball.'));
    if (kernel === null && loader === null) {
      this.#warn(
        'package.kernel-missing',
        inEnglish('There is no kernel in the tarball: the image boots only if it has its own.'),
      );
    }
    this.info = {
      path: container.path,
      format: 'uec',
      ovfVersion: null,
      fileSizeBytes,
      files: members.filter(({ refusal }) => refusal === null).map(asFile),
      systems: [
        {
          name: (images[0] ?? kernel ?? ramdisk)?.stem ?? 'machine',
          os: null,
          vcpus: null,
          memoryBytes: null,
          firmware: null,
          product: null,
          vendor: null,
          version: null,
          productUrl: null,
          annotation: bootText(kernel ?? loader, ramdisk),
          nics: [],
          disks,
        },
      ],
      networks: [],
      licenses: [],
      manifest: 'absent',
      certificate: null,
      warnings: this.#warnings,
    };
  }

  openFile(name: string): ByteSource {
    return this.#gate.remember(name, this.#container.open(name));
  }

  openStored(name: string): ByteSource {
    return this.#container.open(name);
  }

  /** Tarballs carry no digests. */
  verify(_control: Control): ManifestResult {
    return { state: 'absent', entries: [] };
  }

  close(): void {
    this.#container.close();
  }

  #warn(code: string, message: Message): void {
    if (this.#warnings.length < mostWarnings) this.#warnings.push({ code, message });
  }

  #members(): Member[] {
    const files = this.#container.files ?? [];
    for (const { name, refusal } of files) {
      if (refusal !== null)
        this.#warn(
          'package.unsafe-name',
          inEnglish('“{name}” is not opened: {reason}.', { name, reason: asValue(refusal) }),
        );
    }
    return files.map((file) => {
      const named = readSetName(file.name);
      // A refused member plays no part.
      return { ...file, ...named, role: file.refusal === null ? named.role : 'other' };
    });
  }

  #requireContent({ name, role }: Member): void {
    const source = this.#container.open(name);
    try {
      if (!holdsRole(source, role))
        this.#warn(
          'package.unexpected-content',
          inEnglish('{name} is called a {role}, but is none.', { name, role }),
        );
    } finally {
      source.close();
    }
  }

  #describe({ name, sizeBytes }: Member): PackageDisk {
    const base = {
      name: name.slice(name.lastIndexOf('/') + 1),
      file: name,
      sizeInPackageBytes: sizeBytes,
      compression: null,
      parent: null,
      controller: null,
    };
    try {
      const source = this.openFile(name);
      let format: string;
      try {
        format = probeDisk(source).id;
      } catch (error) {
        source.close();
        throw error;
      }
      const disk = Disk.open(source, this.context);
      disk.close();
      return { ...base, format, virtualSizeBytes: disk.capacityBytes };
    } catch (error) {
      const failure = Failure.from(error);
      if (failure.code.startsWith('io.') || failure.code === 'internal') throw failure;
      this.#warn(failure.code, inEnglish('{name} cannot be opened as a disk.', { name }));
      return { ...base, format: null, virtualSizeBytes: null };
    }
  }
}

const roles: Readonly<Record<SetRole, PackageFile['role']>> = {
  image: 'disk',
  kernel: 'kernel',
  ramdisk: 'ramdisk',
  loader: 'other',
  floppy: 'other',
  other: 'other',
};

function asFile({ name, sizeBytes, role }: Member): PackageFile {
  return { name, sizeBytes, role: roles[role] };
}

function bootText(kernel: Member | null, ramdisk: Member | null): string | null {
  const parts = [
    ...(kernel === null ? [] : [`Kernel: ${kernel.name}`]),
    ...(ramdisk === null ? [] : [`Ramdisk: ${ramdisk.name}`]),
  ];
  return parts.length === 0 ? null : parts.join('\n');
}
