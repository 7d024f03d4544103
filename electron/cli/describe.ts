/** The command line's answers in words for people. */
import type { ConversionResult, Measurement } from '#shared/domain/conversion.ts';
import type { FileListing } from '#shared/domain/guest.ts';
import type { ImageInfo, MapExtent } from '#shared/domain/image.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import type { PackageSystem } from '#shared/domain/package.ts';
import type { StructureReport } from '#shared/domain/structure.ts';
import type { EntryBelongings } from '#shared/domain/parts.ts';
import { partWords, sumWords } from '#shared/text/part-text.ts';
import { printable } from '#shared/text/printable.ts';
import { formatBytes, formatCount, formatDate, formatSize } from '#shared/text/units.ts';
import { factsInWords, inWords } from '#shared/text/in-words.ts';

const labelWidth = 18;

function row(label: string, value: string | null | undefined): string[] {
  return value === null || value === undefined || value === ''
    ? []
    : [`${`${label}:`.padEnd(labelWidth)} ${value}`];
}

/** `info`, for people. */
export function describeInfo(info: ImageInfo): string[] {
  const lines = [
    ...row('File', info.path),
    ...row('Format', [info.format, info.variant].filter(Boolean).join(', ')),
    ...row('Kind', info.kind),
    ...row('Virtual size', info.virtualSizeBytes === null ? null : formatSize(info.virtualSizeBytes)),
    ...row('File size', formatSize(info.fileSizeBytes)),
    ...row('On disk', formatBytes(info.allocatedBytes)),
    ...row('Compressed with', info.wrapper),
    ...row('Parent', info.parent?.name),
    ...row('Encrypted', info.encrypted ? 'yes' : null),
    ...factsInWords(info.facts).flatMap(({ label, value }) => row(label, value)),
  ];
  for (const snapshot of info.snapshots) lines.push(...row('Snapshot', `${snapshot.name} (${snapshot.id})`));
  if (info.package !== undefined) {
    lines.push(...row('Manifest', info.package.manifest ?? 'not checked'));
    for (const system of info.package.systems) lines.push('', ...describeSystem(system));
    for (const { message } of info.package.notes ?? []) lines.push(...row('Note', inWords(message)));
  }
  for (const { message } of info.warnings) lines.push(...row('Warning', inWords(message)));
  return lines;
}

function describeSystem(system: PackageSystem): string[] {
  const product = [system.product, system.version, system.vendor === null ? null : `by ${system.vendor}`];
  return [
    ...row('Virtual machine', system.name),
    ...row('Product', product.filter(Boolean).join(' ')),
    ...row('Guest OS', system.os),
    ...row('vCPUs', system.vcpus === null ? null : String(system.vcpus)),
    ...row('Memory', system.memoryBytes === null ? null : formatBytes(system.memoryBytes)),
    ...row('Firmware', system.firmware),
    ...notesOf(system),
    ...system.nics.flatMap((nic) =>
      row('Network', [nic.name, nic.model, nic.network].filter(Boolean).join(', ')),
    ),
    ...system.disks.flatMap((disk) => {
      const sizes = [
        disk.virtualSizeBytes === null ? null : formatBytes(disk.virtualSizeBytes),
        disk.sizeInPackageBytes === null
          ? 'no file'
          : `${formatBytes(disk.sizeInPackageBytes)} in the package`,
      ];
      return row('Disk', [disk.name, disk.format, ...sizes, disk.controller].filter(Boolean).join(', '));
    }),
  ];
}

/** The first lines of what the package says about the machine. */
function notesOf({ annotation }: PackageSystem): string[] {
  const lines = (annotation ?? '').split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  return lines.slice(0, 4).flatMap((line) => row('Notes', printable(line.trim().slice(0, 200))));
}

/** The line above a map's extents. */
export function mapHeading(virtualSizeBytes: number): string {
  const width = mapWidth(virtualSizeBytes);
  return `${'start'.padStart(width)} ${'length'.padStart(width)}  state    depth  file offset`;
}

/** One extent of a map. */
export function mapLine(extent: MapExtent, virtualSizeBytes: number): string {
  const { start, length, state, depth, fileOffset } = extent;
  const width = mapWidth(virtualSizeBytes);
  const place = fileOffset === undefined ? '' : `  ${fileOffset}`;
  return `${String(start).padStart(width)} ${String(length).padStart(width)}  ${state.padEnd(8)} ${String(depth).padStart(5)}${place}`;
}

function mapWidth(virtualSizeBytes: number): number {
  return Math.max(12, String(virtualSizeBytes).length);
}

/** `list`, for people. */
export function describeListing({ entries, table, volume, truncated }: FileListing): string[] {
  if (table !== null) {
    return [
      'The disk has several partitions; choose one with --partition:',
      ...table.partitions.map(({ number, length, typeTitle, type, volume: held }) =>
        [
          String(number).padStart(5),
          formatBytes(length).padStart(10),
          (held?.title ?? typeTitle ?? type).padEnd(20),
          held?.label ?? '',
        ].join('  '),
      ),
    ];
  }
  const lines = entries.map(({ path, kind, sizeBytes, modifiedAt, target, refusal }) => {
    const size = kind === 'file' ? String(sizeBytes) : kind;
    const date = modifiedAt === null ? '' : modifiedAt.slice(0, 16).replace('T', ' ');
    const name = `${printable(path)}${kind === 'folder' ? '/' : ''}`;
    const note = refusal === null ? '' : `  (never opened: ${inWords(refusal)})`;
    return `${size.padStart(14)}  ${date.padEnd(16)}  ${name}${target === null ? '' : ` -> ${printable(target)}`}${note}`;
  });
  return [
    ...lines,
    `${formatCount(entries.length, 'entry', 'entries')}${volume === null ? '' : `, ${volume.title}`}`,
    ...(truncated ? ['There are more than are listed here.'] : []),
  ];
}

/** `check`, for people. */
export function describeReport(report: StructureReport): string[] {
  const { corruptions, leaks, allocatedUnits, totalUnits, unitBytes, findings } = report;
  const share =
    allocatedUnits === null || totalUnits === null || unitBytes === null
      ? []
      : row('Stored', `${allocatedUnits} of ${totalUnits} units of ${formatBytes(unitBytes)}`);
  const verdict =
    corruptions + leaks === 0
      ? 'No problems found.'
      : `${formatCount(corruptions, 'corruption')}, ${formatCount(leaks, 'leak')} found${
          report.repairable ? ': `platter repair` can mend this' : ''
        }.`;
  const listed = findings.map(({ kind, message, fileOffset }) =>
    fileOffset === null ? `${kind}: ${inWords(message)}` : `${kind} at ${fileOffset}: ${inWords(message)}`,
  );
  const hidden = corruptions + leaks + report.notes - findings.length;
  return [...listed, ...(hidden > 0 ? [`… and ${hidden} more`] : []), ...share, verdict];
}

/** `measure`, for people. */
export function describeMeasurement(result: Measurement): string[] {
  const { targetFormat, targetVariant, outputIsExact } = result;
  const size = (bytes: number, expectedBytes: number): string =>
    outputIsExact ? formatSize(bytes) : `about ${formatBytes(expectedBytes)}, at most ${formatSize(bytes)}`;
  return [
    ...row('Format', `${targetFormat}, ${targetVariant}`),
    ...row('Virtual size', formatSize(result.virtualSizeBytes)),
    ...row('File size', size(result.fileSizeBytes, result.expectedFileSizeBytes)),
    ...row('On disk', size(result.outputBytes, result.expectedBytes)),
  ];
}

/** One finished output. */
export function describeResult(result: ConversionResult): string[] {
  return [
    ...row('Written', result.path),
    ...row('Format', [result.format, result.variant].filter(Boolean).join(', ')),
    ...row('Virtual size', formatSize(result.virtualSizeBytes)),
    ...row('File size', `${formatSize(result.fileSizeBytes)}, ${formatBytes(result.allocatedBytes)} on disk`),
    ...row('Read back', result.verified ? 'identical' : 'not asked for'),
    ...row('SHA-256', result.sha256),
  ];
}

/** `library list`, for people. */
export function describeLibrary(entries: readonly LibraryEntry[]): string[] {
  const lines = entries.map((entry) => {
    const size = entry.virtualSizeBytes === null ? '' : formatBytes(entry.virtualSizeBytes);
    const columns = [
      String(entry.id).padStart(5),
      entry.format.padEnd(8),
      size.padStart(10),
      formatBytes(entry.parts?.bytes ?? entry.allocatedBytes).padStart(10),
      formatDate(entry.addedAt),
      [entry.path, ...remarksOn(entry)].join('  '),
    ];
    return columns.join('  ');
  });
  return [...lines, formatCount(entries.length, 'image')];
}

function remarksOn({ missing, parts }: LibraryEntry): string[] {
  return [
    ...(missing ? ['(missing)'] : []),
    ...(parts === undefined || parts.count === 0 ? [] : [`(with ${formatCount(parts.count, 'part')})`]),
    ...(parts === undefined || parts.missing === 0
      ? []
      : [`(${formatCount(parts.missing, 'part')} missing)`]),
    ...(parts?.whole == null ? [] : ['(a part)']),
  ];
}

/** `library parts`: what belongs to an entry, one line each, and what refers to it. */
export function describeParts({ whole, parts, neededBy, sums }: EntryBelongings): string[] {
  const lines = parts.map(({ role, name, path, state, sizeBytes, required, own, depth }) => {
    const remarks = [
      ...(state === 'present'
        ? []
        : [state === 'missing' ? (required ? 'missing' : 'not there') : 'not known']),
      ...(own ? [] : ['not its own']),
    ];
    const columns = [
      `${'  '.repeat(depth - 1)}${partWords(role)}`.padEnd(labelWidth),
      (sizeBytes === null ? '' : formatBytes(sizeBytes)).padStart(10),
      printable(path ?? name) + (remarks.length === 0 ? '' : `  (${remarks.join(', ')})`),
    ];
    return columns.join('  ');
  });
  return [
    ...(whole === null ? [] : row('Belongs to', printable(whole.path))),
    ...lines,
    ...neededBy.flatMap(({ role, entry }) =>
      row(`Is ${partWords(role).toLowerCase()} of`, printable(entry.path)),
    ),
    ...sums.flatMap(({ source, state }) => row(sumWords(state), printable(source))),
    ...(whole === null && parts.length === 0 && neededBy.length === 0 ? ['It is one file by itself.'] : []),
  ];
}
