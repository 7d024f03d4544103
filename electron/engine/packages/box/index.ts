/** Vagrant boxes: an archive with metadata.json and what a provider starts (Vagrant, "Box File Format"). */
import { inEnglish } from '#shared/in-english.ts';
import { openArchivePackage, probeArchive, type MemberNames } from '../archive-package.ts';
import type { Container, OpenDescriptor } from '../container.ts';
import { withInfo, type PackageDriver, type PackageReader } from '../driver.ts';
import { collector } from '../warnings.ts';
import { metadataName, readMetadata, type BoxMetadata } from './metadata.ts';
import { BoxPackage, boxTexts, boxWarnings } from './package.ts';

/** A box has a dozen files. */
const probedMembers = 100;
/** What lies beside metadata.json in every box. */
const content = /^Vagrantfile$|^box\.img$|\.(?:vmx|vmdk|vhdx?|qcow2|img|ovf)$/i;

/** The driver, with what reads the descriptors of VirtualBox' boxes: drivers do not know each other. */
export function boxDriver(openDescriptor: OpenDescriptor): PackageDriver<'box'> {
  return {
    id: 'box',
    title: inEnglish('Vagrant box'),
    extensions: ['box'],
    // An archive with a metadata.json and what a provider starts, or what Vagrant 1.0 wrote: a descriptor called box.ovf.
    probe: (file) => probeArchive(file, namesOfBox),
    open(file) {
      const { sizeBytes } = file;
      return openArchivePackage(file, 'box', (container) => openBox(container, sizeBytes, openDescriptor));
    },
  };
}

/** Looks no further than it takes: in a compressed archive every member on the way is decoded. */
function namesOfBox(members: MemberNames): boolean {
  let count = 0;
  let hasMetadata = false;
  let hasContent = false;
  for (const { name } of members) {
    if (++count > probedMembers || name === 'box.ovf') return name === 'box.ovf';
    // An OVA begins so (DSP0243 2.1, section 5.3); only Vagrant calls its descriptor like that.
    if (count === 1 && /\.ovf$/i.test(name)) return false;
    hasMetadata ||= name === metadataName;
    hasContent ||= content.test(name);
    if (hasMetadata && hasContent) return true;
  }
  return false;
}

function openBox(container: Container, fileSizeBytes: number, openDescriptor: OpenDescriptor): PackageReader {
  const metadata = metadataIn(container);
  const descriptor =
    metadata.provider === 'virtualbox'
      ? (container.files ?? []).find(({ name, refusal }) => refusal === null && /\.ovf$/i.test(name))
      : undefined;
  if (descriptor === undefined) return new BoxPackage(container, metadata, fileSizeBytes);
  const identity = { format: 'box', path: container.path, fileSizeBytes };
  const reader = openDescriptor(container, descriptor.name, identity);
  const warnings = [...reader.info.warnings];
  boxWarnings(container).forEach(collector(warnings));
  return withInfo(reader, { ...reader.info, warnings, texts: boxTexts(container) });
}

/** Before Vagrant 1.1 there was one provider, and no metadata. */
function metadataIn(container: Container): BoxMetadata {
  const found = container.find(metadataName);
  if (found === null) {
    return { provider: 'virtualbox', architecture: null, format: null, virtualSizeGib: null, disks: [] };
  }
  const source = container.open(found.name);
  try {
    return readMetadata(source);
  } finally {
    source.close();
  }
}
