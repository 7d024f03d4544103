/** inspect: what a file is and what can be known of it without reading it all. */
import { statSync } from 'node:fs';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { ImageInfo, ImageKind, Warning } from '#shared/domain/image.ts';
import type { PackageInfo } from '#shared/domain/package.ts';
import { Failure, isFailure } from '#shared/failure.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import type { DiskDriver, DiskReader, OpenContext } from '../disks/driver.ts';
import { certainDrivers, probeDisk } from '../disks/registry.ts';
import { recogniseSignature, type Signature } from '../disks/signatures.ts';
import { probePackage } from '../packages/registry.ts';
import { openPackageAt, openSource, sourceName } from '../pipeline/open.ts';

/**
 * The answer of `info`. `verify` also checks a package's manifest, which reads all of it.
 * @throws Failure `io.*`, `image.*`, `package.*`.
 */
export function inspect(reference: SourceReference, control: Control, verify: boolean): ImageInfo {
  const { source, context, wrapper } = openSource(reference, control);
  if (reference.member === undefined && probePackage(source) !== null) {
    source.close();
    return { ...packageInfo(reference.path, control, verify), wrapper };
  }
  const signature = recogniseSignature(source);
  const base = {
    path: sourceName(reference),
    fileSizeBytes: wrapper === null ? source.sizeBytes : statSync(reference.path).size,
    allocatedBytes: reference.member === undefined ? allocatedBytes(reference.path) : source.sizeBytes,
    wrapper,
  };
  try {
    return { ...base, ...diskInfo(source, context, signature) };
  } catch (error) {
    if (
      signature !== null &&
      isFailure(error, 'image.unsupported') &&
      error.details.format === signature.id
    ) {
      return { ...base, ...namedOnly(signature) };
    }
    throw error;
  }
}

/** Everything about the package at `path` but its manifest's agreement. @throws Failure `io.*`, `package.*`. */
export function inspectPackage(path: string): PackageInfo {
  const container = openPackageAt(path);
  try {
    return container.info;
  } finally {
    container.close();
  }
}

/** What the file at `path` occupies on its disk, in bytes. Node counts in 512-byte blocks; Windows gives none. */
export function allocatedBytes(path: string): number {
  const status = statSync(path);
  return status.blocks > 0 || status.size === 0 || process.platform !== 'win32'
    ? status.blocks * 512
    : status.size;
}

type Content = Omit<ImageInfo, 'path' | 'fileSizeBytes' | 'allocatedBytes' | 'wrapper'>;

function diskInfo(source: ByteSource, context: OpenContext, signature: Signature | null): Content {
  let reader: DiskReader;
  let format: string;
  let claims: readonly DiskDriver[];
  try {
    claims = certainDrivers(source);
    const driver = probeDisk(source);
    format = signature?.readsAsRaw === true && driver.id === 'raw' ? signature.id : driver.id;
    reader = driver.open(source, context);
  } catch (error) {
    source.close();
    throw error;
  }
  try {
    const kind: ImageKind = format === signature?.id ? signature.kind : 'disk';
    return {
      kind,
      format,
      variant: reader.variant,
      virtualSizeBytes: reader.capacityBytes,
      parent: reader.parent,
      snapshots: reader.snapshots,
      encrypted: reader.encryption !== null,
      facts: reader.facts,
      warnings: [...reader.warnings, ...parentWarnings(reader, context), ...claimWarnings(claims)],
    };
  } finally {
    reader.close();
  }
}

/** `info` on an image whose parent is missing or refused still answers, and says so. */
function parentWarnings(reader: DiskReader, context: OpenContext): Warning[] {
  if (reader.parent === null) return [];
  try {
    context.openReference(reader.parent).close();
    return [];
  } catch (error) {
    const failure = Failure.from(error);
    const { name } = reader.parent;
    return failure.code === 'reference.denied'
      ? [{ code: failure.code, message: `The image needs "${name}", which Platter does not open by itself.` }]
      : [{ code: failure.code, message: `The image needs "${name}", which cannot be opened.` }];
  }
}

/** A guest can write the beginning of a raw disk, or the end of another: programs then disagree about what the file is. */
function claimWarnings(claims: readonly DiskDriver[]): Warning[] {
  if (claims.length < 2) return [];
  const titles = claims.map(({ title }) => title).join(' and ');
  return [
    {
      code: 'image.ambiguous',
      message: `The file bears the marks of ${titles}; other programs may read it otherwise.`,
    },
  ];
}

function namedOnly(signature: Signature): Content {
  return {
    kind: signature.kind,
    format: signature.id,
    variant: null,
    virtualSizeBytes: null,
    parent: null,
    snapshots: [],
    encrypted: signature.id === 'luks',
    facts: [{ label: 'Format', value: signature.title }],
    warnings: [
      {
        code: 'image.unsupported',
        message: `Platter recognises ${signature.title} files but does not open them yet.`,
      },
    ],
  };
}

function packageInfo(path: string, control: Control, verify: boolean): ImageInfo {
  const container = openPackageAt(path);
  try {
    const { info } = container;
    const checked = verify ? container.verify(control).state : info.manifest === 'absent' ? 'absent' : null;
    return {
      path,
      kind: 'package',
      format: info.format,
      variant: info.ovfVersion,
      virtualSizeBytes: null,
      fileSizeBytes: info.fileSizeBytes,
      allocatedBytes: allocatedBytes(path),
      parent: null,
      snapshots: [],
      encrypted: false,
      wrapper: null,
      facts: [
        { label: 'Files', value: String(info.files.length) },
        { label: 'Virtual machines', value: String(info.systems.length) },
      ],
      warnings: info.warnings,
      package: { manifest: checked, systems: info.systems },
    };
  } finally {
    container.close();
  }
}
