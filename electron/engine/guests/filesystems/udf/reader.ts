/** Opens a UDF volume and lists its files. */
import type { FileEntry } from '#shared/domain/guest.ts';
import type { Fact, Warning } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../../bytes/source.ts';
import { statedTime } from '../../optical/stated-time.ts';
import { TreeReader } from '../../optical/tree-reader.ts';
import type { FileSystemReader } from '../driver.ts';
import { UdfTree, type UdfNode } from './udf-tree.ts';
import { openVolume, type UdfVolume } from './volume.ts';

/** @throws Failure `image.*`. Takes ownership of `volume`. */
export function openUdf(volume: ByteSource): FileSystemReader {
  try {
    return new UdfReader(volume);
  } catch (error) {
    volume.close();
    throw error;
  }
}

class UdfReader implements FileSystemReader {
  readonly label: string | null;
  readonly uuid: string | null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly #volume: ByteSource;
  readonly #reader: TreeReader<UdfNode>;

  constructor(volume: ByteSource) {
    const opened = openVolume(volume);
    this.#volume = volume;
    this.#reader = new TreeReader(new UdfTree(opened));
    this.label = opened.label === '' ? null : opened.label;
    this.uuid = uuidOf(opened.volumeSetIdentifier);
    this.facts = describe(opened);
    this.warnings = warningsOf(opened);
  }

  find(path: string): FileEntry | null {
    return this.#reader.find(path);
  }

  list(path: string): Iterable<FileEntry> {
    return this.#reader.list(path);
  }

  open(path: string): ByteSource {
    return this.#reader.open(path);
  }

  close(): void {
    this.#volume.close();
  }
}

function describe({ revision, blockBytes, table, volumeSetIdentifier, recordedAt }: UdfVolume): Fact[] {
  const facts: Fact[] = [
    {
      label: inEnglish('UDF revision'),
      value: `${revision >>> 8}.${(revision & 0xff).toString(16).padStart(2, '0')}`,
    },
    { label: inEnglish('Block size'), value: formatBytes(blockBytes) },
    { label: inEnglish('Partitions'), value: table.spaces.map(({ title }) => title).join(', ') },
  ];
  if (volumeSetIdentifier !== '') facts.push({ label: inEnglish('Volume set'), value: volumeSetIdentifier });
  const created = statedTime(recordedAt);
  if (created !== null) facts.push({ label: inEnglish('Created'), value: created });
  return facts;
}

function warningsOf({ reserve, table }: UdfVolume): Warning[] {
  const warnings: Warning[] = [];
  if (reserve) {
    const message = inEnglish('The main volume descriptors cannot be read; their reserve copies were taken.');
    warnings.push({ code: 'udf.reserve', message });
  }
  if (table.spaces.some(({ title }) => title.includes('mirror'))) {
    const message = inEnglish('The metadata file cannot be read; its mirror was taken.');
    warnings.push({ code: 'udf.mirror', message });
  }
  return warnings;
}

/** As blkid derives it from the beginning of the volume set's name: 16 hexadecimal digits. */
function uuidOf(volumeSet: string): string | null {
  const bytes = Buffer.from(volumeSet);
  if (bytes.length < 8) return null;
  const digits = /^[0-9a-f]*/i.exec(volumeSet.slice(0, 16))![0].length;
  if (digits === 16) return volumeSet.slice(0, 16).toLowerCase();
  if (digits < 8) return bytes.subarray(0, 8).toString('hex');
  const text = bytes.subarray(0, 8).toString('latin1') + bytes.subarray(8, 12).toString('hex');
  return text.toLowerCase();
}
