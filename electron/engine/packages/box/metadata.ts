/** metadata.json of a Vagrant box: for which provider it is, and what that provider's plugin wants to know. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { readText } from '../text-encoding.ts';

export const metadataName = 'metadata.json';
/** Boxes say a dozen words. */
const metadataLimitBytes = 1 << 20;
/** No hypervisor attaches as many. */
const diskLimit = 256;

export interface BoxMetadata {
  readonly provider: string;
  readonly architecture: string | null;
  /** What the libvirt plugin is told of the disks: qcow2, raw. */
  readonly format: string | null;
  /** In GiB, rounded up. */
  readonly virtualSizeGib: number | null;
  /** The files of the disks, where they are listed. */
  readonly disks: readonly string[];
}

/** Reads metadata.json. @throws Failure `package.malformed`. */
export function readMetadata(source: ByteSource): BoxMetadata {
  const text = readText(source, metadataLimitBytes, metadataName);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(inEnglish('it is not JSON'), error);
  }
  if (!isObject(value)) throw malformed(inEnglish('it is no object'));
  const { provider, architecture, format, virtual_size: size, disks } = value;
  if (typeof provider !== 'string' || provider === '') throw malformed(inEnglish('it names no provider'));
  return {
    provider: provider.slice(0, 100),
    architecture: typeof architecture === 'string' ? architecture.slice(0, 100) : null,
    format: typeof format === 'string' ? format.slice(0, 100) : null,
    virtualSizeGib:
      typeof size === 'number' && size > 0 && Number.isSafeInteger(Math.ceil(size)) ? size : null,
    disks: Array.isArray(disks) ? diskPaths(disks) : [],
  };
}

function diskPaths(disks: readonly unknown[]): string[] {
  if (disks.length > diskLimit)
    throw malformed(inEnglish('it lists more than {diskLimit} disks', { diskLimit }));
  return disks.flatMap((disk) => (isObject(disk) && typeof disk['path'] === 'string' ? [disk['path']] : []));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(problem: Message, cause?: unknown): Failure {
  return new Failure('package.malformed', { structure: metadataName, problem }, cause);
}
