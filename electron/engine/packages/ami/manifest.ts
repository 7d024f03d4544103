/** The manifest of an EC2 bundle (ec2-ami-tools, version 2007-10-10): what was bundled, and its encrypted parts. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';

/** An element of the manifest; what reads the XML lies with the format that needs more of it. */
export interface ManifestElement {
  readonly name: string;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  readonly children: readonly ManifestElement[];
  readonly text: string;
}

/** @throws Failure `package.malformed`; a DTD is refused. */
export type ParseXml = (text: string, structure: string) => ManifestElement;

export interface BundlePart {
  readonly file: string;
  /** SHA1, as EC2's tools write it; null where the manifest has none. */
  readonly algorithm: string | null;
  /** Of the encrypted part, in lower-case hexadecimal. */
  readonly digest: string | null;
}

export interface BundleManifest {
  readonly name: string;
  /** machine, kernel or ramdisk. */
  readonly type: string;
  readonly bundler: string | null;
  readonly architecture: string | null;
  readonly kernelId: string | null;
  readonly ramdiskId: string | null;
  /** Virtual name and device, as in "ami=sda1". */
  readonly devices: readonly string[];
  readonly sizeBytes: number | null;
  readonly bundledBytes: number | null;
  readonly encryption: string | null;
  readonly parts: readonly BundlePart[];
}

/** 10 GB in parts of 10 MB, ten times over. */
const mostParts = 10_000;

/** @throws Failure `package.malformed`. */
export function readBundleManifest(root: ManifestElement, structure: string): BundleManifest {
  const malformed = (problem: Message): Failure => new Failure('package.malformed', { structure, problem });
  const image = child(root, 'image');
  if (root.name !== 'manifest' || image === null)
    throw malformed(inEnglish('it is no manifest of an EC2 bundle'));
  const parts = (child(image, 'parts')?.children ?? []).filter(({ name }) => name === 'part');
  if (parts.length > mostParts)
    throw malformed(inEnglish('it lists more than {mostParts} parts', { mostParts }));
  const machine = child(root, 'machine_configuration');
  const bundler = child(root, 'bundler');
  const words = ['name', 'version', 'release'].map((name) => text(bundler, name));
  return {
    name: text(image, 'name') ?? 'image',
    type: text(image, 'type') ?? 'machine',
    bundler: words.filter((word) => word !== null).join(' ') || null,
    architecture: text(machine, 'architecture'),
    kernelId: text(machine, 'kernel_id'),
    ramdiskId: text(machine, 'ramdisk_id'),
    devices: (child(machine, 'block_device_mapping')?.children ?? [])
      .slice(0, 100)
      .map((mapping) => `${text(mapping, 'virtual') ?? '?'}=${text(mapping, 'device') ?? '?'}`),
    sizeBytes: size(text(image, 'size')),
    bundledBytes: size(text(image, 'bundled_size')),
    encryption: attribute(
      child(image, 'user_encrypted_key') ?? child(image, 'ec2_encrypted_key'),
      'algorithm',
    ),
    parts: parts.map((part) => {
      const digest = child(part, 'digest');
      const file = text(part, 'filename');
      if (file === null) throw malformed(inEnglish('a part has no file name'));
      const written = digest?.text.trim().toLowerCase() ?? '';
      const isHex = /^[0-9a-f]{8,128}$/.test(written);
      return {
        file,
        algorithm: isHex ? (attribute(digest, 'algorithm') ?? 'SHA1') : null,
        digest: isHex ? written : null,
      };
    }),
  };
}

function child(element: ManifestElement | null, name: string): ManifestElement | null {
  return element?.children.find((candidate) => candidate.name === name) ?? null;
}

function text(element: ManifestElement | null, name: string): string | null {
  const value = child(element, name)?.text.trim().slice(0, 1024) ?? '';
  return value === '' ? null : value;
}

function attribute(element: ManifestElement | null, name: string): string | null {
  return element?.attributes.find((candidate) => candidate.name === name)?.value ?? null;
}

function size(written: string | null): number | null {
  if (written === null || !/^\d{1,16}$/.test(written)) return null;
  const bytes = Number(written);
  return Number.isSafeInteger(bytes) ? bytes : null;
}
