/** A package that an OVF descriptor describes (DSP0243 1.0 to 2.1), whatever its files lie in. */
import type { Warning } from '#shared/domain/image.ts';
import type { ManifestResult, PackageFile, PackageInfo } from '#shared/domain/package.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, asValue } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import type { Container, OpenDescriptor, PackageIdentity } from '../container.ts';
import type { PackageContext, PackageReader } from '../driver.ts';
import { folderOf, PackageGate } from '../package-gate.ts';
import { readText } from '../text-encoding.ts';
import { collector } from '../warnings.ts';
import { audienceNotes } from './audience.ts';
import { defaultConfiguration, readProperties } from './configuration.ts';
import { requireParents, statedParents } from './delta-disks.ts';
import { ovfVersion } from './descriptor-element.ts';
import { DiskDescriber, DiskElements, readDiskElements, type DiskElement, type ProbeDisk } from './disks.ts';
import { externalTexts } from './external-texts.ts';
import { readFileElements } from './file-element.ts';
import { readLicenses, readNetworks } from './product.ts';
import { Proof } from './proof.ts';
import { References } from './references.ts';
import { localiser } from './strings.ts';
import { readSystems } from './systems.ts';
import { parseXml, xmlLimitBytes, type XmlElement } from './xml.ts';

/** Makes the function that opens packages, with what tells what a disk is. */
export function descriptorOpener(probe: ProbeDisk): OpenDescriptor {
  return (container, name, identity) => new OvfPackage(container, name, identity, probe);
}

class OvfPackage implements PackageReader {
  readonly info: PackageInfo;
  readonly context: PackageContext;
  readonly #container: Container;
  readonly #references: References;
  readonly #proof: Proof;
  readonly #gate: PackageGate;

  constructor(container: Container, descriptor: string, identity: PackageIdentity, probe: ProbeDisk) {
    this.#container = container;
    const warnings: Warning[] = [];
    const warn = collector(warnings);
    const envelope = readEnvelope(container, descriptor);
    for (const { name, refusal } of container.files ?? []) {
      if (refusal !== null)
        warn({
          code: 'package.unsafe-name',
          message: inEnglish('“{name}” is not opened: {reason}.', { name, reason: asValue(refusal) }),
        });
    }
    this.#references = new References(readFileElements(envelope), container, folderOf(descriptor), warn);
    const localise = localiser(envelope, externalTexts(this.#references, warn));
    const configuration = defaultConfiguration(envelope);
    const disks = new DiskElements(readDiskElements(envelope, readProperties(envelope, configuration), warn));
    requireParents(disks, warn);
    const describer = new DiskDescriber(this.#references, probe, warn);
    const diskOfFile = disksOfFiles(this.#references);
    const systems = readSystems(envelope, { localise, configuration, disks, describer, warn, diskOfFile });
    if (systems.length === 0 && this.#references.elements.length === 0) {
      throw new Failure('package.malformed', {
        structure: descriptor,
        problem: inEnglish('it describes nothing'),
      });
    }
    for (const element of this.#references.elements) this.#references.locate(element);
    this.#proof = new Proof(container, descriptor, warn);
    for (const gap of this.#proof.gaps(this.#neededFiles(descriptor))) warn(gap);
    const files = this.#listFiles(
      descriptor,
      new Set(systems.flatMap((system) => system.disks.map(({ file }) => file))),
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
      manifest: this.#proof.isPresent ? 'present' : 'absent',
      certificate: this.#proof.certificate,
      warnings,
      notes: audienceNotes(envelope, {
        systems,
        compressions: [
          ...this.#references.elements.map(({ compression }) => compression),
          ...systems.flatMap(({ disks: attached }) => attached.map(({ compression }) => compression)),
        ],
        digests: this.#proof.algorithms,
      }),
    };
    const parents = statedParents(disks, describer);
    this.#gate = new PackageGate({
      path: identity.path,
      open: (file) => this.#references.open(file),
      diskFiles: files.filter(({ role }) => role === 'disk').map(({ name: file }) => file),
      statedParent: (file) => parents.get(file) ?? null,
    });
    this.context = this.#gate.contextIn(folderOf(descriptor));
  }

  openFile(name: string, control?: Pick<Control, 'throwIfCancelled'>): ByteSource {
    const check = control === undefined ? undefined : () => control.throwIfCancelled();
    return this.#gate.remember(name, this.#references.open(name, check));
  }

  openStored(name: string): ByteSource {
    return this.#container.open(name);
  }

  verify(control: Control): ManifestResult {
    const files = this.info.files.filter(({ role }) => role !== 'manifest' && role !== 'certificate');
    const descriptor = files.find(({ role }) => role === 'descriptor')!.name;
    const required = this.#neededFiles(descriptor);
    return this.#proof.verify(
      files.map(({ name }) => name),
      required,
      control,
    );
  }

  close(): void {
    this.#container.close();
  }

  /** Without these the package is not whole. */
  #neededFiles(descriptor: string): string[] {
    const locations = this.#references.elements.map((element) => this.#references.locate(element));
    return [descriptor, ...locations.flatMap((found) => ('parts' in found ? found.parts : [found.name]))];
  }

  #listFiles(descriptor: string, diskFiles: ReadonlySet<string | null>): PackageFile[] {
    const disks = new Set<string>();
    const referenced: string[] = [];
    for (const element of this.#references.elements) {
      const location = this.#references.locate(element);
      if ('failure' in location) continue;
      referenced.push(...location.parts);
      if (diskFiles.has(location.name)) for (const part of location.parts) disks.add(part);
    }
    const { manifestName, certificateName } = this.#proof;
    const roleOf = (name: string): PackageFile['role'] => {
      if (name === descriptor) return 'descriptor';
      if (name === manifestName) return 'manifest';
      if (name === certificateName) return 'certificate';
      return disks.has(name) ? 'disk' : 'other';
    };
    const own = [descriptor, manifestName, certificateName, ...referenced].filter((name) => name !== null);
    const all =
      this.#container.files?.filter(({ refusal }) => refusal === null).map(({ name }) => name) ?? own;
    return [...new Set(all)].map((name) => ({
      name,
      sizeBytes: this.#container.find(name)?.sizeBytes ?? 0,
      role: roleOf(name),
    }));
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
    problem: inEnglish('its root is {name}, not Envelope', { name: envelope.name }),
  });
}

/** A file that a hard disk uses without a Disk element stands for a disk of its own, once. */
function disksOfFiles(references: References): (fileId: string) => DiskElement | null {
  const made = new Map<string, DiskElement>();
  return (fileId) => {
    const known = made.get(fileId);
    if (known !== undefined || references.find(fileId) === null) return known ?? null;
    const unknown = {
      capacityBytes: null,
      capacityUnitBytes: 1,
      parentRef: null,
      claimedFormat: null,
      diskInterface: null,
    };
    const disk: DiskElement = { id: fileId, fileRef: fileId, ...unknown };
    made.set(fileId, disk);
    return disk;
  };
}
