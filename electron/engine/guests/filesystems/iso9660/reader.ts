/** Opens an ISO 9660 volume: the last session, and of its trees the one that tells most. */
import type { FileEntry } from '#shared/domain/guest.ts';
import type { Fact, Warning } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish, type Phrase } from '#shared/in-english.ts';
import type { ByteSource } from '../../../bytes/source.ts';
import { statedTime } from '../../optical/stated-time.ts';
import { TreeReader } from '../../optical/tree-reader.ts';
import type { FileSystemReader } from '../driver.ts';
import { IsoTree } from './iso-tree.ts';
import { type Session, readSessions } from './volume-descriptors.ts';

/** @throws Failure `image.*`. Takes ownership of `volume`. */
export function openIso9660(volume: ByteSource): FileSystemReader {
  try {
    return new Iso9660Reader(volume);
  } catch (error) {
    volume.close();
    throw error;
  }
}

class Iso9660Reader implements FileSystemReader {
  readonly label: string | null;
  readonly uuid: string | null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly #volume: ByteSource;
  readonly #reader: TreeReader<IsoTree['root']>;

  constructor(volume: ByteSource) {
    this.#volume = volume;
    const sessions = readSessions(volume);
    const session = sessions.at(-1)!;
    const primary = new IsoTree(volume, session.primary, true);
    const joliet = session.joliet === null ? null : new IsoTree(volume, session.joliet, false);
    // Rock Ridge has links and modes besides the names; Joliet has the names only.
    const shown = primary.rockRidge || joliet === null ? primary : joliet;
    const identifier = shown === joliet ? session.joliet!.volumeIdentifier : session.primary.volumeIdentifier;
    this.label = identifier === '' ? null : identifier;
    this.uuid = session.uuid;
    const other = shown === primary ? joliet : null;
    const difference = other === null ? null : differenceOf(primary, other);
    this.facts = [
      { label: inEnglish('Names'), value: namesFact(primary, joliet, difference) },
      ...describe(session, sessions.length),
    ];
    this.warnings = warningsOf(volume, session, difference);
    this.#reader = new TreeReader(shown);
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

function namesFact(primary: IsoTree, joliet: IsoTree | null, difference: Phrase | null): string | Phrase {
  if (!primary.rockRidge) return joliet === null ? 'ISO 9660' : 'Joliet';
  if (joliet === null) return 'Rock Ridge';
  return difference === null
    ? inEnglish('Rock Ridge; Joliet is there, too', {})
    : inEnglish('Rock Ridge; {difference}', { difference });
}

/** Entries of the roots that are compared: enough to see trees that were made to differ, without reading for long. */
const comparedEntries = 4096;

/** How Joliet's root differs from Rock Ridge's, by the places of their files and folders; null when it does not. */
function differenceOf(primary: IsoTree, joliet: IsoTree): Phrase | null {
  const places = (tree: IsoTree): Set<number> | null => {
    const found = new Set<number>();
    for (const node of tree.children(tree.root)) {
      // Folders have a record of their own in each tree, and links are not in Joliet.
      if (node.kind === 'file' && node.sizeBytes > 0) found.add(node.sections[0]!.offset);
      if (found.size > comparedEntries) return null;
    }
    return found;
  };
  try {
    const [here, there] = [places(primary), places(joliet)];
    if (here === null || there === null) return null;
    const missing = [...here].filter((place) => !there.has(place)).length;
    const additional = [...there].filter((place) => !here.has(place)).length;
    if (missing === 0 && additional === 0) return null;
    return inEnglish(
      'the Joliet tree differs: in the root, {missing} files are not in it, {additional} only there',
      { missing, additional },
    );
  } catch {
    return inEnglish('the Joliet tree cannot be read', {});
  }
}

function describe(session: Session, sessionCount: number): Fact[] {
  const facts: Fact[] = [
    { label: inEnglish('Volume size'), value: formatBytes(session.volumeSpaceBytes) },
    { label: inEnglish('Block size'), value: formatBytes(session.primary.blockBytes) },
  ];
  if (session.enhanced)
    facts.push({ label: inEnglish('Also there'), value: inEnglish('ISO 9660:1999 names', {}) });
  if (sessionCount > 1) {
    facts.push({
      label: inEnglish('Sessions'),
      value: inEnglish('{count}; the last is shown', { count: sessionCount }),
    });
  }
  const texts: readonly [string, string | null][] = [
    [inEnglish('System'), session.systemIdentifier],
    [inEnglish('Publisher'), session.publisher],
    [inEnglish('Data preparer'), session.preparer],
    [inEnglish('Application'), session.application],
    [inEnglish('Created'), statedTime(session.created)],
    [inEnglish('Modified'), statedTime(session.modified)],
  ];
  for (const [label, value] of texts) if (value !== null && value !== '') facts.push({ label, value });
  return facts;
}

function warningsOf(volume: ByteSource, session: Session, difference: Phrase | null): Warning[] {
  const warnings: Warning[] = [];
  if (session.volumeSpaceBytes > volume.sizeBytes) {
    const missing = session.volumeSpaceBytes - volume.sizeBytes;
    const message = inEnglish(
      'The volume says that it is {volumeSpaceBytes} bytes long; {missing} of them are missing.',
      { volumeSpaceBytes: session.volumeSpaceBytes, missing },
    );
    warnings.push({ code: 'iso9660.truncated', message });
  }
  if (difference !== null) {
    const message = inEnglish('Other systems may see other files: {difference}.', { difference });
    warnings.push({ code: 'iso9660.trees-differ', message });
  }
  return warnings;
}
