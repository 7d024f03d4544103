/** The volume descriptors of ISO 9660 (ECMA-119, section 8): which trees a volume has, and of which session. */
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../../bytes/source.ts';
import { decodeUtf16be } from '../../optical/entry-name.ts';
import { decodeLongDate } from './dates.ts';
import {
  bootRecordDescriptor,
  descriptorHead,
  descriptorSector,
  descriptorType,
  directoryRecord,
  elTorito,
  malformed,
  maximumDescriptors,
  sectorBytes,
  standardId,
  volumeDescriptor,
} from './layout.ts';

/** One tree of directory records: the primary one, Joliet, or that of ISO 9660:1999. */
export interface VolumeTree {
  readonly kind: 'primary' | 'joliet' | 'enhanced';
  readonly blockBytes: number;
  readonly root: { readonly location: number; readonly lengthBytes: number };
  readonly pathTableBytes: number;
  readonly volumeIdentifier: string;
  readonly recordedAt: Uint8Array;
}

export interface Session {
  /** The sector at which it begins. */
  readonly startSector: number;
  readonly primary: VolumeTree;
  readonly joliet: VolumeTree | null;
  readonly enhanced: boolean;
  readonly volumeSpaceBytes: number;
  /** The sector of the El Torito catalogue. */
  readonly bootCatalogueSector: number | null;
  readonly systemIdentifier: string;
  readonly publisher: string;
  readonly preparer: string;
  readonly application: string;
  readonly created: string | null;
  readonly modified: string | null;
  /** As blkid derives it from the date of the last change. */
  readonly uuid: string | null;
}

type Descriptor = ReturnType<typeof volumeDescriptor.decode>;

/** Whether a volume descriptor of ISO 9660 lies where the first session has its own. */
export function hasDescriptor(volume: ByteSource, startSector = 0): boolean {
  const at = (startSector + descriptorSector) * sectorBytes;
  if (at + sectorBytes > volume.sizeBytes) return false;
  const { type, standardIdentifier } = descriptorHead.read(volume, at);
  return standardIdentifier === standardId && (type <= descriptorType.partition || type === 255);
}

/** @throws Failure `image.malformed`, `image.truncated`. */
export function readSession(volume: ByteSource, startSector: number): Session {
  let primary: Descriptor | null = null;
  let joliet: Descriptor | null = null;
  let enhanced = false;
  let bootCatalogueSector: number | null = null;
  for (let index = 0; index < maximumDescriptors; index++) {
    const at = (startSector + descriptorSector + index) * sectorBytes;
    // Some writers forget the terminator; what is no descriptor any more ends the set.
    if (at + sectorBytes > volume.sizeBytes) break;
    const bytes = readBytes(volume, at, sectorBytes);
    const { type, standardIdentifier, version } = descriptorHead.decode(bytes, 0, at);
    if (standardIdentifier !== standardId || type === descriptorType.terminator) break;
    if (type === descriptorType.primary) primary ??= checked(bytes, at);
    if (type === descriptorType.supplementary && version === 2) enhanced = true;
    else if (type === descriptorType.supplementary && isJoliet(bytes)) joliet ??= checked(bytes, at);
    if (type === descriptorType.boot) bootCatalogueSector ??= catalogueOf(bytes);
  }
  if (primary === null) {
    const at = (startSector + descriptorSector) * sectorBytes;
    throw malformed('volume descriptor', 'type', at, inEnglish('there is no primary one'));
  }
  return {
    startSector,
    primary: treeOf(primary, 'primary'),
    joliet: joliet === null ? null : treeOf(joliet, 'joliet'),
    enhanced,
    volumeSpaceBytes: primary.volumeSpaceSize * primary.logicalBlockSize,
    bootCatalogueSector,
    systemIdentifier: plainText(primary.systemIdentifier),
    publisher: plainText(primary.publisherIdentifier),
    preparer: plainText(primary.dataPreparerIdentifier),
    application: plainText(primary.applicationIdentifier),
    created: decodeLongDate(primary.created),
    modified: decodeLongDate(primary.modified),
    uuid: uuidOf(primary.modified) ?? uuidOf(primary.created),
  };
}

/**
 * The sessions of a volume that was written in several, in their order. Each has descriptors of its own, and the next one
 * begins where the one before it ends, on a boundary that depends on who wrote it.
 */
export function readSessions(volume: ByteSource): readonly [Session, ...Session[]] {
  const sessions: [Session, ...Session[]] = [readSession(volume, 0)];
  while (sessions.length < 99) {
    const next = nextSession(volume, sessions.at(-1)!);
    if (next === null) break;
    sessions.push(next);
  }
  return sessions;
}

function nextSession(volume: ByteSource, session: Session): Session | null {
  const end = Math.ceil(session.volumeSpaceBytes / sectorBytes);
  for (const base of new Set([end, session.startSector + end])) {
    for (const sector of new Set([base, roundUp(base, 16), roundUp(base, 32), base + 150])) {
      if (sector <= session.startSector || !hasDescriptor(volume, sector)) continue;
      const next = sessionAt(volume, sector);
      if (next !== null) return next;
    }
  }
  return null;
}

/** The session at that sector; null when its root is not its own: a medium that was appended as it is, or remains. */
function sessionAt(volume: ByteSource, sector: number): Session | null {
  try {
    const session = readSession(volume, sector);
    const { root, blockBytes } = session.primary;
    const offset = root.location * blockBytes;
    if (offset < sector * sectorBytes) return null;
    const { extentLocation, fileFlags } = directoryRecord.read(volume, offset);
    return extentLocation === root.location && (fileFlags & 2) !== 0 ? session : null;
  } catch {
    return null;
  }
}

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

function checked(bytes: Uint8Array, at: number): Descriptor {
  const descriptor = volumeDescriptor.decode(bytes, 0, at);
  const { logicalBlockSize } = descriptor;
  if (![512, 1024, 2048].includes(logicalBlockSize)) {
    const problem = inEnglish('{logicalBlockSize} is not 512, 1024 or 2048', { logicalBlockSize });
    throw volumeDescriptor.malformed('logicalBlockSize', problem, at);
  }
  return descriptor;
}

/** Joliet's levels 1 to 3 are told by these escape sequences. */
function isJoliet(bytes: Uint8Array): boolean {
  const [first, second, third] = volumeDescriptor.decode(bytes).escapeSequences;
  return first === 0x25 && second === 0x2f && [0x40, 0x43, 0x45].includes(third!);
}

function catalogueOf(bytes: Uint8Array): number | null {
  const { bootSystemIdentifier, catalogueSector } = bootRecordDescriptor.decode(bytes);
  return bootSystemIdentifier.replace(/[\0 ]+$/, '') === elTorito ? catalogueSector : null;
}

function treeOf(descriptor: Descriptor, kind: VolumeTree['kind']): VolumeTree {
  const root = directoryRecord.decode(descriptor.rootDirectoryRecord);
  const identifier = descriptor.volumeIdentifier;
  return {
    kind,
    blockBytes: descriptor.logicalBlockSize,
    root: {
      location: root.extentLocation + root.extendedAttributeLength,
      lengthBytes: root.dataLength,
    },
    pathTableBytes: descriptor.pathTableSize,
    volumeIdentifier: kind === 'joliet' ? trimmed(decodeUtf16be(identifier)) : plainText(identifier),
    recordedAt: root.recordedAt,
  };
}

function plainText(bytes: Uint8Array): string {
  return trimmed(Buffer.from(bytes).toString('latin1'));
}

function trimmed(text: string): string {
  return text.replace(/\0.*$/s, '').trim();
}

function uuidOf(date: Uint8Array): string | null {
  const digits = String.fromCharCode(...date.subarray(0, 16));
  if (!/^\d{16}$/.test(digits) || digits.startsWith('0000')) return null;
  return digits.replace(/^(....)(..)(..)(..)(..)(..)(..)$/, '$1-$2-$3-$4-$5-$6-$7');
}
