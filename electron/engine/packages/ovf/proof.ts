/** The manifest and the certificate that lie beside a descriptor: what there is, and whether the files agree with it. */
import type { Warning } from '#shared/domain/image.ts';
import type { CertificateInfo, ManifestResult } from '#shared/domain/package.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { nameRefusal } from '../../archives/member-name.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import { certificateLimitBytes, readCertificate } from '../certificate.ts';
import type { Container } from '../container.ts';
import { manifestLimitBytes, parseManifest, verifyManifest, type Manifest } from '../manifest.ts';
import { decodeText, readText } from '../text-encoding.ts';
import { folderOf } from '../package-gate.ts';
import { tryTo } from './external-texts.ts';

export class Proof {
  readonly manifestName: string | null;
  readonly certificateName: string | null;
  readonly certificate: CertificateInfo | null;
  readonly #container: Container;
  readonly #manifest: Manifest | null;

  /** Reads both, if they are there. @throws Failure `package.malformed` for a manifest that cannot be one. */
  constructor(container: Container, descriptor: string, warn: (warning: Warning) => void) {
    this.#container = container;
    this.manifestName = findBeside(container, descriptor, '.mf');
    this.certificateName = findBeside(container, descriptor, '.cert');
    const bytes = this.manifestName === null ? null : readSmall(container, this.manifestName);
    this.#manifest =
      bytes === null
        ? null
        : parseManifest(manifestText(bytes, this.manifestName!), this.manifestName!.replace(/^.*\//, ''));
    for (const warning of this.#manifest?.warnings ?? []) warn(warning);
    this.certificate = this.certificateName === null ? null : this.#readCertificate(bytes, warn);
  }

  /** Whether there is a manifest with anything to compare. */
  get isPresent(): boolean {
    return (this.#manifest?.entries.length ?? 0) > 0;
  }

  /** What speaks against trusting the manifest: files that the package needs and that have no digest in it. */
  gaps(required: readonly string[]): Warning[] {
    if (this.#manifest === null) return [];
    const code = 'package.manifest-incomplete';
    if (!this.isPresent)
      return [{ code, message: inEnglish('The manifest has no digests: it proves nothing.') }];
    const listed = new Set(this.#manifest.entries.map(({ file }) => file));
    const missing = required.filter((name) => !listed.has(this.#listedName(name)));
    if (missing.length === 0) return [];
    const shown = missing.slice(0, 3).join(', ') + (missing.length > 3 ? ', …' : '');
    return [
      {
        code,
        message: inEnglish('The manifest has no digest of {shown}: it does not prove the whole package.', {
          shown,
        }),
      },
    ];
  }

  /** The digests that the manifest has, as node:crypto calls them. */
  get algorithms(): readonly string[] {
    return [...new Set(this.#manifest?.entries.flatMap(({ hash }) => hash ?? []))];
  }

  /**
   * Reads every listed file once. `files` are those of the package, `required` those that must not be missing.
   * @throws Failure `operation.cancelled`, `io.*`, `image.*` for a sparse member that cannot be read.
   */
  verify(files: readonly string[], required: readonly string[], control: Control): ManifestResult {
    if (this.#manifest === null || !this.isPresent) return { state: 'absent', entries: [] };
    const folder = folderOf(this.manifestName!);
    const listed = (name: string): string => this.#listedName(name);
    const open = (file: string): ByteSource | null => {
      if (nameRefusal(file) !== null) return null;
      const found = this.#container.find(folder + file);
      return found === null || found.refusal !== null ? null : this.#container.open(found.name);
    };
    const subject = { files: files.map(listed), required: new Set(required.map(listed)), open };
    return verifyManifest(this.#manifest, subject, control);
  }

  /** Names in a manifest start from its own folder. */
  #listedName(name: string): string {
    const folder = folderOf(this.manifestName!);
    return name.startsWith(folder) ? name.slice(folder.length) : name;
  }

  #readCertificate(manifest: Uint8Array | null, warn: (warning: Warning) => void): CertificateInfo {
    const file = this.certificateName!;
    const text = tryTo(file, warn, () => {
      const source = this.#container.open(file);
      try {
        return readText(source, certificateLimitBytes, file);
      } finally {
        source.close();
      }
    });
    if (text === null) return { file, subject: null, issuer: null, validTo: null };
    const { info, warnings } = readCertificate(file, text, manifest);
    for (const warning of warnings) warn(warning);
    return info;
  }
}

/** Called as the descriptor is (section 6.2), else, in an archive, the only one of its kind. */
function findBeside(container: Container, descriptor: string, extension: string): string | null {
  const stem = descriptor.replace(/\.[^./]*$/, '');
  for (const name of [stem + extension, stem + extension.toUpperCase()]) {
    const found = container.find(name);
    if (found !== null && found.refusal === null) return found.name;
  }
  const others = (container.files ?? []).filter(
    ({ name, refusal }) => refusal === null && name.toLowerCase().endsWith(extension),
  );
  return others.length === 1 ? others[0]!.name : null;
}

function readSmall(container: Container, name: string): Uint8Array {
  const source = container.open(name);
  try {
    if (source.sizeBytes > manifestLimitBytes) {
      const problem = inEnglish('it is larger than {manifestLimitBytes} bytes', { manifestLimitBytes });
      throw new Failure('package.malformed', { structure: name, problem });
    }
    return readBytes(source, 0, source.sizeBytes);
  } finally {
    source.close();
  }
}

/** Nothing declares a manifest's encoding: names that are not UTF-8 are Latin-1. */
function manifestText(bytes: Uint8Array, name: string): string {
  try {
    return decodeText(bytes, name);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}
