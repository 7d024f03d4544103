/** What there is to know about an image of an optical medium: its file systems, what it starts, and what else it pretends to be. */
import type { Fact, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { asValue, inEnglish, type Message, type Phrase } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { iso9660 } from '../filesystems/iso9660/index.ts';
import { readSessions } from '../filesystems/iso9660/volume-descriptors.ts';
import { udf } from '../filesystems/udf/index.ts';
import type { FileSystemDriver } from '../filesystems/driver.ts';
import { partitionDrivers } from '../partitions/registry.ts';
import type { PartitionDriver, TableContent } from '../partitions/driver.ts';
import { appleFileSystem } from './apple.ts';
import { readBootCatalogue, type BootEntry } from './el-torito.ts';

export interface OpticalDescription {
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  /** In the order of the catalogue: the first is the default. */
  readonly bootEntries: readonly BootEntry[];
}

/** Does not own `source`. Null for what is no optical medium: neither ISO 9660 nor UDF. Reads a few blocks. */
export function describeOptical(source: ByteSource): OpticalDescription | null {
  const found = [udf, iso9660].filter((driver) => driver.probe(source) === 'certain');
  if (found.length === 0) return null;
  const facts: Fact[] = [
    {
      label: inEnglish('File systems'),
      value: inEnglish('{titles}', { titles: { allOf: found.map(({ title }) => title) } }),
    },
  ];
  const warnings: Warning[] = [];
  for (const driver of found) describeFileSystem(driver, source, facts, warnings);
  const bootEntries = found.includes(iso9660) ? describeBoot(source, facts, warnings) : [];
  describeTables(source, facts);
  const apple = appleFileSystem(source, 0);
  if (apple !== null)
    facts.push({
      label: inEnglish('Hybrid'),
      value: inEnglish('{apple} for Macs on the same medium', { apple }),
    });
  return { facts, warnings, bootEntries };
}

/** Readers own what they read from; this one is still needed afterwards. */
function borrowed(source: ByteSource): ByteSource {
  return {
    path: source.path,
    sizeBytes: source.sizeBytes,
    seekable: source.seekable,
    read: (fileOffset, into) => source.read(fileOffset, into),
    runs: (span) => source.runs(span),
    close: () => undefined,
  };
}

function describeFileSystem(
  driver: FileSystemDriver,
  source: ByteSource,
  facts: Fact[],
  warnings: Warning[],
): void {
  const message = imageProblem(() => {
    const reader = driver.open(borrowed(source));
    if (reader.label !== null)
      facts.push({ label: inEnglish('{title} label', { title: driver.title }), value: reader.label });
    facts.push(
      ...reader.facts.map(({ label, value }) => ({
        label: inEnglish('{title}: {label}', { title: driver.title, label: asValue(label) }),
        value,
      })),
    );
    warnings.push(...reader.warnings);
    reader.close();
  });
  if (message === null) return;
  warnings.push({
    code: `${driver.id}.unreadable`,
    message: inEnglish('{title} cannot be read: {message}.', {
      title: driver.title,
      message: asValue(message),
    }),
  });
}

function describeBoot(source: ByteSource, facts: Fact[], warnings: Warning[]): readonly BootEntry[] {
  let entries: readonly BootEntry[] = [];
  // What is wrong with the descriptors was said already.
  imageProblem(() => {
    const sector = readSessions(source).at(-1)!.bootCatalogueSector;
    if (sector === null) return;
    const catalogue = readBootCatalogue(source, sector);
    ({ entries } = catalogue);
    warnings.push(...catalogue.warnings);
    for (const [index, entry] of entries.entries()) {
      facts.push({ label: inEnglish('El Torito {number}', { number: index + 1 }), value: bootText(entry) });
    }
  });
  return entries;
}

function bootText(entry: BootEntry): Phrase {
  return {
    english: '{parts}',
    values: {
      parts: {
        listed: [
          entry.platform,
          asValue(entry.media),
          ...(entry.bootable ? [] : [inEnglish('not bootable', {})]),
          ...(entry.sectionName === '' ? [] : [`"${entry.sectionName}"`]),
          inEnglish('{count, plural, one {# sector} other {# sectors}} of 512 bytes from byte {start}', {
            count: entry.sectorCount,
            start: String(entry.start),
          }),
          inEnglish('load segment {segment}', { segment: `0x${entry.loadSegment.toString(16)}` }),
        ],
      },
    },
  };
}

/** Every table counts: an isohybrid image has up to three of them, each for another firmware. */
function describeTables(source: ByteSource, facts: Fact[]): void {
  for (const driver of partitionDrivers) {
    if (driver.probe(source) !== 'certain') continue;
    imageProblem(() => {
      const content = driver.read(source);
      if (content.partitions.length > 0)
        facts.push({ label: driver.title, value: tableText(driver, source, content) });
    });
  }
}

function tableText(driver: PartitionDriver, source: ByteSource, { partitions }: TableContent): string {
  const texts = partitions.map(({ number, type, typeTitle, start }) => {
    const apple = driver.id === 'apm' ? appleFileSystem(source, start) : null;
    return `${number}: ${typeTitle ?? type}${apple === null ? '' : ` (${apple})`}`;
  });
  return `${driver.id === 'apm' ? '' : 'isohybrid: '}${texts.join(', ')}`;
}

/** What went wrong with the image in words; null when nothing did. */
function imageProblem(look: () => void): Message | null {
  try {
    look();
    return null;
  } catch (error) {
    if (!(error instanceof Failure) || !error.code.startsWith('image.')) throw error;
    const { details } = error;
    if ('problem' in details) return details.problem;
    return 'feature' in details
      ? inEnglish('it has {feature}', { feature: asValue(details.feature) })
      : inEnglish('it ends too early');
  }
}
