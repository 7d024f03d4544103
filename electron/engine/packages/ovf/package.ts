/** A package that an OVF descriptor describes (DSP0243 1.0 to 2.1), whatever its files lie in. */
import type { FileReference, Warning } from '#shared/domain/image.ts';
import type { CertificateInfo, ManifestResult, PackageFile, PackageInfo } from '#shared/domain/package.ts';
import { Failure, isFailure } from '#shared/failure.ts';
import { nameRefusal, normaliseName } from '../../archives/member-name.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import type { OpenContext } from '../../disks/driver.ts';
import { certificateLimitBytes, readCertificate } from '../certificate.ts';
import { chunkSuffix, type Container, type OpenDescriptor, type PackageIdentity } from '../container.ts';
import type { PackageReader } from '../driver.ts';
import { manifestLimitBytes, parseManifest, verifyManifest, type Manifest } from '../manifest.ts';
import { decodeText, readText } from '../text-encoding.ts';
import { defaultConfiguration, readProperties } from './configuration.ts';
import { ovfVersion } from './descriptor-element.ts';
import {
  DiskDescriber,
  DiskElements,
  readDiskElements,
  type DiskElement,
  type ProbeFormat,
} from './disks.ts';
import { readLicenses, readNetworks } from './product.ts';
import { readFileElements, References } from './references.ts';
import { localiser, type ExternalTexts } from './strings.ts';
import { readSystems } from './systems.ts';
import { parseXml, xmlLimitBytes, type XmlElement } from './xml.ts';

/** A licence in a file of its own. */
const textLimitBytes = 1 << 20;
/** What is wrong a thousand times is wrong in one way. */
const warningLimit = 100;

/** Makes the function that opens packages, with what tells the format of a disk. */
export function descriptorOpener(probe: ProbeFormat): OpenDescriptor {
  return (container, name, identity) => new OvfPackage(container, name, identity, probe);
}

class OvfPackage implements PackageReader {
  readonly info: PackageInfo;
  readonly context: OpenContext;
  readonly #container: Container;
  readonly #references: References;
  readonly #manifest: Manifest | null;
  readonly #manifestName: string | null;
  /** The folder of the descriptor in the package, with a slash at its end: what names in it start from. */
  readonly #folder: string;

  constructor(container: Container, name: string, identity: PackageIdentity, probe: ProbeFormat) {
    this.#container = container;
    this.#folder = folderOf(name);
    const warnings: Warning[] = [];
    const warn = (warning: Warning): void => {
      const known = warnings.some(({ message }) => message === warning.message);
      if (!known && warnings.length < warningLimit) warnings.push(warning);
    };
    const envelope = readEnvelope(container, name);
    for (const { name: member, refusal } of container.files ?? []) {
      if (refusal !== null)
        warn({ code: 'package.unsafe-name', message: `“${member}” is not opened: ${refusal}.` });
    }
    this.#references = new References(readFileElements(envelope), container, this.#folder, warn);
    const localise = localiser(envelope, this.#externalTexts(warn));
    const configuration = defaultConfiguration(envelope);
    const disks = new DiskElements(readDiskElements(envelope, readProperties(envelope, configuration), warn));
    warnOfDeltas(disks.all, warn);
    const describer = new DiskDescriber(this.#references, probe, warn);
    const diskOfFile = this.#diskOfFile();
    const systems = readSystems(envelope, { localise, configuration, disks, describer, warn, diskOfFile });
    if (systems.length === 0 && this.#references.elements.length === 0) {
      throw new Failure('package.malformed', { structure: name, problem: 'it describes nothing' });
    }
    for (const element of this.#references.elements) this.#references.locate(element);

    this.#manifestName = this.#findBeside(name, '.mf');
    const manifestBytes = this.#manifestName === null ? null : this.#readManifest(this.#manifestName);
    this.#manifest =
      manifestBytes === null
        ? null
        : parseManifest(decodeText(manifestBytes, this.#manifestName!), withoutFolder(this.#manifestName!));
    for (const warning of this.#manifest?.warnings ?? []) warn(warning);
    const certificateName = this.#findBeside(name, '.cert');
    const certificate =
      certificateName === null ? null : this.#readCertificate(certificateName, manifestBytes, warn);

    const files = this.#listFiles(
      name,
      certificateName,
      systems.flatMap(({ disks: used }) => used.map((d) => d.file)),
    );
    this.info = {
      path: identity.path,
      format: identity.format,
      ovfVersion: ovfVersion(envelope),
      fileSizeBytes: identity.fileSizeBytes ?? files.reduce((sum, file) => sum + file.sizeBytes, 0),
      files,
      systems,
      networks: readNetworks(envelope, localise),
      licenses: readLicenses(envelope, localise),
      manifest: this.#manifest === null ? 'absent' : 'present',
      certificate,
      warnings,
    };
    this.context = this.#contextIn(this.#folder, new WeakMap());
  }

  openFile(name: string, control?: Pick<Control, 'throwIfCancelled'>): ByteSource {
    return this.#references.open(name, control === undefined ? undefined : () => control.throwIfCancelled());
  }

  verify(control: Control): ManifestResult {
    if (this.#manifest === null) return { state: 'absent', entries: [] };
    const listed = this.info.files.filter(({ role }) => role !== 'manifest' && role !== 'certificate');
    const required = new Set(
      listed.filter(({ role }) => role === 'descriptor').map(({ name }) => this.#relative(name)),
    );
    for (const element of this.#references.elements) {
      const location = this.#references.locate(element);
      for (const part of 'parts' in location ? location.parts : [location.name])
        required.add(this.#relative(part));
    }
    const files = listed.map(({ name }) => this.#relative(name));
    return verifyManifest(
      this.#manifest,
      { files, required, open: (file) => this.#openListed(file) },
      control,
    );
  }

  close(): void {
    this.#container.close();
  }

  /** A name as the manifest has it: from the descriptor's folder. */
  #relative(name: string): string {
    return name.startsWith(this.#folder) ? name.slice(this.#folder.length) : name;
  }

  #openListed(file: string): ByteSource | null {
    if (nameRefusal(file) !== null) return null;
    const found = this.#container.find(this.#folder + file);
    return found === null || found.refusal !== null ? null : this.#container.open(found.name);
  }

  /** The manifest or certificate: called as the descriptor is, else (in an archive) the only one of its kind. */
  #findBeside(descriptor: string, extension: string): string | null {
    const stem = descriptor.replace(/\.[^./]*$/, '');
    for (const name of [stem + extension, stem + extension.toUpperCase()]) {
      const found = this.#container.find(name);
      if (found !== null && found.refusal === null) return found.name;
    }
    const others = (this.#container.files ?? []).filter(
      ({ name, refusal }) => refusal === null && name.toLowerCase().endsWith(extension),
    );
    return others.length === 1 ? others[0]!.name : null;
  }

  #readManifest(name: string): Uint8Array {
    const source = this.#container.open(name);
    try {
      if (source.sizeBytes > manifestLimitBytes) {
        const problem = `it is larger than ${manifestLimitBytes} bytes`;
        throw new Failure('package.malformed', { structure: name, problem });
      }
      return readBytes(source, 0, source.sizeBytes);
    } finally {
      source.close();
    }
  }

  #readCertificate(
    name: string,
    manifest: Uint8Array | null,
    warn: (warning: Warning) => void,
  ): CertificateInfo | null {
    const text = this.#tryText(name, certificateLimitBytes, warn);
    if (text === null) return { file: name, subject: null, issuer: null, validTo: null };
    const { info, warnings } = readCertificate(name, text, manifest);
    for (const warning of warnings) warn(warning);
    return info;
  }

  /** String bundles and licences in files of their own. What cannot be read leaves the texts in the descriptor. */
  #externalTexts(warn: (warning: Warning) => void): ExternalTexts {
    const text = (fileId: string, limitBytes: number): string | null => {
      const element = this.#references.find(fileId);
      const location = element === null ? null : this.#references.locate(element);
      return location === null || 'failure' in location
        ? null
        : this.#tryText(location.name, limitBytes, warn);
    };
    return {
      text: (fileId) => text(fileId, textLimitBytes)?.trim() || null,
      bundle(fileId) {
        const xml = text(fileId, xmlLimitBytes);
        try {
          return xml === null ? null : parseXml(xml, fileId);
        } catch (error) {
          warn({
            code: 'package.malformed',
            message: `The texts in “${fileId}” cannot be read: ${problemOf(error)}.`,
          });
          return null;
        }
      },
    };
  }

  #tryText(name: string, limitBytes: number, warn: (warning: Warning) => void): string | null {
    try {
      const source = this.#references.open(name);
      try {
        return readText(source, limitBytes, name);
      } finally {
        source.close();
      }
    } catch (error) {
      warn({ code: Failure.from(error).code, message: `“${name}” cannot be read: ${problemOf(error)}.` });
      return null;
    }
  }

  /** A file that a hard disk uses without a Disk element stands for a disk of its own, once. */
  #diskOfFile(): (fileId: string) => DiskElement | null {
    const made = new Map<string, DiskElement>();
    return (fileId) => {
      const known = made.get(fileId);
      if (known !== undefined || this.#references.find(fileId) === null) return known ?? null;
      const disk: DiskElement = {
        id: fileId,
        fileRef: fileId,
        capacityBytes: null,
        parentRef: null,
        claimedFormat: null,
        diskInterface: null,
      };
      made.set(fileId, disk);
      return disk;
    };
  }

  #listFiles(
    descriptor: string,
    certificate: string | null,
    diskFiles: readonly (string | null)[],
  ): PackageFile[] {
    const disks = new Set<string>();
    const referenced: string[] = [];
    for (const element of this.#references.elements) {
      const location = this.#references.locate(element);
      if ('failure' in location) continue;
      referenced.push(...location.parts);
      if (diskFiles.includes(location.name)) for (const part of location.parts) disks.add(part);
    }
    const roleOf = (name: string): PackageFile['role'] => {
      if (name === descriptor) return 'descriptor';
      if (name === this.#manifestName) return 'manifest';
      if (name === certificate) return 'certificate';
      return disks.has(name) ? 'disk' : 'other';
    };
    const own = [descriptor, this.#manifestName, certificate, ...referenced].filter((name) => name !== null);
    const all =
      this.#container.files?.filter(({ refusal }) => refusal === null).map(({ name }) => name) ?? own;
    return [...new Set(all)].map((name) => ({
      name,
      sizeBytes: this.#container.find(name)?.sizeBytes ?? 0,
      role: roleOf(name),
    }));
  }

  /** The gate for what lies in `folder`: names start there, and lead to files of the package only. */
  #contextIn(folder: string, folders: WeakMap<ByteSource, string>): OpenContext {
    return {
      openReference: ({ name }: FileReference) => {
        const reason = nameRefusal(name);
        if (reason !== null) throw new Failure('reference.denied', { reference: name, reason });
        const place = normaliseName(folder + name);
        try {
          const source = this.openFile(place);
          folders.set(source, folderOf(place));
          return source;
        } catch (error) {
          if (isFailure(error, 'package.file-missing')) {
            throw new Failure('image.parent-missing', { path: this.info.path, reference: name }, error);
          }
          if (!isFailure(error, 'package.unsafe-name')) throw error;
          throw new Failure('reference.denied', { reference: name, reason: error.details.reason }, error);
        }
      },
      contextOf: (source) => this.#contextIn(folders.get(source) ?? folder, folders),
    };
  }
}

/** The root of the descriptor. @throws Failure `package.malformed`, `package.unsafe-name`. */
function readEnvelope(container: Container, name: string): XmlElement {
  const source = container.open(name);
  let envelope: XmlElement;
  try {
    envelope = parseXml(readText(source, xmlLimitBytes, name), name);
  } finally {
    source.close();
  }
  if (envelope.name === 'Envelope') return envelope;
  throw new Failure('package.malformed', {
    structure: name,
    problem: `its root is ${envelope.name}, not Envelope`,
  });
}

function warnOfDeltas(disks: readonly DiskElement[], warn: (warning: Warning) => void): void {
  for (const { id, parentRef } of disks) {
    if (parentRef === null) continue;
    const message = `The disk ${id} only holds what differs from the disk ${parentRef}.`;
    warn({ code: 'package.delta-disk', message });
  }
}

function problemOf(error: unknown): string {
  const { details, code } = Failure.from(error);
  return 'problem' in details && typeof details.problem === 'string' ? details.problem : code;
}

function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}

function withoutFolder(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Whether the file may be part of a chunked one. */
export function isChunkName(name: string): boolean {
  return chunkSuffix.test(name);
}
