/** An EC2 bundle as a package: listed, explained and proved part by part; its disk is encrypted for EC2 and its owner. */
import { basename } from 'node:path';
import type { Warning } from '#shared/domain/image.ts';
import type { ManifestResult, PackageFile, PackageInfo, PackageSystem } from '#shared/domain/package.ts';
import { Failure, isFailure } from '#shared/failure.ts';
import { inEnglish, asValue } from '#shared/in-english.ts';
import { nameRefusal, normaliseName } from '../../archives/member-name.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import { folderGate } from '../../disks/gate.ts';
import type { PackageContext, PackageReader } from '../driver.ts';
import { hashName, verifyManifest, type ManifestEntry } from '../manifest.ts';
import { PackageGate } from '../package-gate.ts';
import type { BundleManifest } from './manifest.ts';

export interface ManifestFile {
  readonly path: string;
  readonly name: string;
  /** Where the parts lie; null when the manifest is inside something else. */
  readonly folder: string | null;
  readonly sizeBytes: number;
}

const mostWarnings = 20;

export class BundlePackage implements PackageReader {
  readonly info: PackageInfo;
  readonly context: PackageContext;
  readonly #manifest: BundleManifest;
  readonly #file: ManifestFile;

  constructor(manifest: BundleManifest, file: ManifestFile) {
    this.#manifest = manifest;
    this.#file = file;
    const gate = new PackageGate({
      path: file.path,
      open: (name) => this.openFile(name),
      diskFiles: [],
      statedParent: () => null,
    });
    this.context = gate.contextIn('');
    const warnings: Warning[] = [encryptionWarning(manifest)];
    const parts = this.#listParts(warnings);
    const files: PackageFile[] = [
      { name: file.name, sizeBytes: file.sizeBytes, role: 'descriptor' },
      ...parts,
    ];
    this.info = {
      path: file.path,
      format: 'ami',
      ovfVersion: null,
      fileSizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      files,
      systems: manifest.type === 'machine' ? [systemOf(manifest)] : [],
      networks: [],
      licenses: [],
      manifest: manifest.parts.some(({ digest }) => digest !== null) ? 'present' : 'absent',
      certificate: null,
      warnings,
    };
  }

  /** A part as it lies there: encrypted. */
  openFile(name: string): ByteSource {
    const { folder, path } = this.#file;
    const reason = nameRefusal(name);
    if (reason !== null) throw new Failure('package.unsafe-name', { name, reason });
    const wanted = normaliseName(name);
    const isOwn =
      wanted === this.#file.name || this.#manifest.parts.some(({ file }) => normaliseName(file) === wanted);
    if (folder === null || !isOwn) throw new Failure('package.file-missing', { file: name });
    try {
      return folderGate(path).openReference({ name: wanted, format: null });
    } catch (error) {
      if (isFailure(error, 'image.parent-missing'))
        throw new Failure('package.file-missing', { file: name }, error);
      if (!isFailure(error, 'reference.denied')) throw error;
      throw new Failure('package.unsafe-name', { name, reason: error.details.reason }, error);
    }
  }

  /** Compares every part with the digest that the manifest has for it; the manifest's own signature is not checked. */
  verify(control: Control): ManifestResult {
    const entries = this.#manifest.parts.flatMap(({ file, algorithm, digest }): ManifestEntry[] =>
      algorithm === null || digest === null
        ? []
        : [{ file: normaliseName(file), algorithm, hash: hashName(algorithm), expected: digest }],
    );
    if (entries.length === 0) return { state: 'absent', entries: [] };
    const files = this.#manifest.parts.map(({ file }) => normaliseName(file));
    const open = (file: string): ByteSource | null => {
      try {
        return this.openFile(file);
      } catch (error) {
        if (isFailure(error, 'package.file-missing') || isFailure(error, 'package.unsafe-name')) return null;
        throw error;
      }
    };
    return verifyManifest({ entries, warnings: [] }, { open, files, required: new Set(files) }, control);
  }

  close(): void {}

  /** The parts that are there. */
  #listParts(warnings: Warning[]): PackageFile[] {
    const found: PackageFile[] = [];
    const missing: string[] = [];
    for (const { file } of this.#manifest.parts) {
      try {
        const source = this.openFile(file);
        found.push({ name: normaliseName(file), sizeBytes: source.sizeBytes, role: 'other' });
        source.close();
      } catch (error) {
        if (isFailure(error, 'package.file-missing')) missing.push(file);
        else if (!isFailure(error, 'package.unsafe-name')) throw error;
        else if (warnings.length < mostWarnings) {
          warnings.push({
            code: error.code,
            message: inEnglish('“{name}” is not opened: {reason}.', {
              name: file,
              reason: asValue(error.details.reason),
            }),
          });
        }
      }
    }
    if (missing.length > 0) {
      const message = inEnglish('{count} of {total} parts are not there: {names}.', {
        count: missing.length,
        total: this.#manifest.parts.length,
        names: missing.slice(0, 3).join(', ') + (missing.length > 3 ? ', …' : ''),
      });
      warnings.push({ code: 'package.file-missing', message });
    }
    return found;
  }
}

function encryptionWarning({ type, encryption }: BundleManifest): Warning {
  const what = type === 'machine' ? 'image' : type;
  const message =
    encryption === null
      ? inEnglish(
          'The {what} in this bundle is encrypted with keys of EC2 and of the account that bundled it: it is listed, and cannot be read. Use the unbundled file, or unbundle it with the private key of that account first.',
          { what },
        )
      : inEnglish(
          'The {what} in this bundle is encrypted ({encryption}) with keys of EC2 and of the account that bundled it: it is listed, and cannot be read. Use the unbundled file, or unbundle it with the private key of that account first.',
          { what, encryption },
        );
  return { code: 'package.encrypted', message };
}

function systemOf(manifest: BundleManifest): PackageSystem {
  const lines = [
    ...(manifest.architecture === null ? [] : [`Architecture: ${manifest.architecture}`]),
    ...(manifest.kernelId === null ? [] : [`Kernel: ${manifest.kernelId}`]),
    ...(manifest.ramdiskId === null ? [] : [`Ramdisk: ${manifest.ramdiskId}`]),
    ...(manifest.devices.length === 0 ? [] : [`Devices: ${manifest.devices.join(', ')}`]),
    ...(manifest.bundler === null ? [] : [`Bundled by: ${manifest.bundler}`]),
  ];
  return {
    name: manifest.name,
    os: null,
    vcpus: null,
    memoryBytes: null,
    firmware: null,
    product: null,
    vendor: null,
    version: null,
    productUrl: null,
    annotation: lines.length === 0 ? null : lines.join('\n'),
    nics: [],
    disks: [
      {
        name: basename(manifest.name) || 'image',
        // No file of the package holds a disk that can be opened.
        file: null,
        format: null,
        virtualSizeBytes: manifest.sizeBytes,
        sizeInPackageBytes: manifest.bundledBytes,
        compression: null,
        parent: null,
        controller: null,
      },
    ],
  };
}
