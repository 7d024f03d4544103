/** The files that a descriptor refers to (DSP0243 2.1, section 7.1): where they are, in one piece or chunks, how compressed. */
import type { Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { compressions, probeCompression } from '../../archives/compressions.ts';
import { DecodedSource } from '../../archives/decoded-source.ts';
import { nameRefusal, normaliseName } from '../../archives/member-name.ts';
import { ConcatenatedSource, type ByteSource } from '../../bytes/source.ts';
import type { Container } from '../container.ts';
import { areVersions, chunkFailure } from './chunks.ts';
import type { FileElement } from './file-element.ts';

/** A file that is there, by the name that openFile() takes. */
export interface LocatedFile {
  readonly name: string;
  /** Its names in the container: several when it is in chunks. */
  readonly parts: readonly string[];
  readonly sizeInPackageBytes: number;
  /** The id of a compression, or a word of the descriptor for one that cannot be undone; null for none. */
  readonly compression: string | null;
}

/** Whether what is compressed so can be opened. */
export function isKnownCompression(id: string): boolean {
  return compressions.some((compression) => compression.id === id);
}

/** A file, or why it cannot be had. `name` is what messages and openFile() call it. */
export type Location = LocatedFile | { readonly name: string; readonly failure: Failure };

/** Finds and opens what a descriptor in `folder` (of the container, with a slash at its end, or empty) refers to. */
export class References {
  readonly elements: readonly FileElement[];
  readonly #container: Container;
  readonly #folder: string;
  readonly #warn: (warning: Warning) => void;
  readonly #located = new Map<FileElement, Location>();
  readonly #byId = new Map<string, FileElement>();
  readonly #byHref = new Map<string, FileElement>();

  constructor(
    elements: readonly FileElement[],
    container: Container,
    folder: string,
    warn: (warning: Warning) => void,
  ) {
    this.elements = elements;
    this.#container = container;
    this.#folder = folder;
    this.#warn = warn;
    for (const element of [...elements].reverse()) {
      this.#byId.set(element.id, element);
      this.#byHref.set(normaliseName(element.href), element);
    }
  }

  /** The element with that id; oVirt refers by the path of the file. */
  find(fileRef: string): FileElement | null {
    return this.#byId.get(fileRef) ?? this.#byHref.get(normaliseName(fileRef)) ?? null;
  }

  /** Where the file of `element` is. Warns, the first time, of what is not as the element says. */
  locate(element: FileElement): Location {
    const known = this.#located.get(element);
    if (known !== undefined) return known;
    const location = this.#locate(element);
    this.#located.set(element, location);
    if ('failure' in location) this.#warn(warningFor(location));
    else this.#compareSize(element, location);
    return location;
  }

  /**
   * The same for the content of a disk: when the descriptor says nothing of its compression, its content does. Other
   * files may well be archives that nobody wants undone.
   */
  locateDisk(element: FileElement): Location {
    const location = this.locate(element);
    if ('failure' in location || location.compression !== null) return location;
    const compression = this.#heldCompression(location);
    // Nothing marks lzma for certain: many a disk begins like it.
    if (compression === null || compression === 'lzma') return location;
    const message = inEnglish(
      '{name} is compressed with {compression}, of which the descriptor says nothing.',
      { name: location.name, compression },
    );
    this.#warn({ code: 'package.compression-mismatch', message });
    const actual = { ...location, compression };
    this.#located.set(element, actual);
    return actual;
  }

  /** What openFile() of that name opens: a file of the descriptor's, decompressed, else any file as it lies there. */
  open(name: string, throwIfCancelled: () => void = () => {}): ByteSource {
    const wanted = normaliseName(name);
    const location = [...this.#located.values()].find((candidate) => candidate.name === wanted);
    if (location === undefined) return this.#container.open(name);
    if ('failure' in location) throw location.failure;
    const source = this.openStored(location);
    if (location.compression === null) return source;
    const compression = compressions.find(({ id }) => id === location.compression);
    if (compression !== undefined) {
      const limits = { throwIfCancelled };
      return new DecodedSource(source, source.path, compression.stream(source, limits), limits);
    }
    source.close();
    const feature = inEnglish('files compressed with {compression}', {
      compression: location.compression,
    });
    throw new Failure('image.unsupported', { format: 'ovf', feature });
  }

  /** The file as it lies in the package, its chunks joined. */
  openStored(file: LocatedFile): ByteSource {
    if (file.parts.length === 1) return this.#container.open(file.parts[0]!);
    const parts: ByteSource[] = [];
    try {
      for (const part of file.parts) parts.push(this.#container.open(part));
    } catch (error) {
      for (const part of parts) part.close();
      throw error;
    }
    return new ConcatenatedSource(parts, `${this.#container.path}:${file.name}`);
  }

  #locate(element: FileElement): Location {
    let missing: Location | null = null;
    for (const spelling of spellings(element.href)) {
      const reason = nameRefusal(spelling);
      const name = reason === null ? normaliseName(this.#folder + spelling) : spelling;
      if (reason !== null) return { name, failure: new Failure('package.unsafe-name', { name, reason }) };
      const found = this.#locateName(element, name);
      if (found === null) missing ??= { name, failure: new Failure('package.file-missing', { file: name }) };
      else return found;
    }
    return missing!;
  }

  #locateName(element: FileElement, name: string): Location | null {
    const chunks = this.#container.chunksOf(name);
    const whole = this.#container.find(name);
    const inChunks = chunks.length > 0 && (element.chunkBytes !== null || whole === null);
    if (!inChunks && whole === null) return null;
    let parts: readonly string[] = inChunks ? chunks : [name];
    let sizes: number[] = [];
    for (const part of parts) {
      const file = this.#container.find(part);
      const reason = file?.refusal ?? null;
      if (reason !== null)
        return { name, failure: new Failure('package.unsafe-name', { name: part, reason }) };
      sizes.push(file?.sizeBytes ?? 0);
    }
    const onlyLast =
      inChunks && element.chunkBytes === null && areVersions(this.#container, element, parts, sizes);
    const failure = inChunks && !onlyLast ? chunkFailure(element, name, parts, sizes) : null;
    if (failure !== null) return { name, failure };
    if (onlyLast) [parts, sizes] = [parts.slice(-1), sizes.slice(-1)];
    if (inChunks && element.chunkBytes === null) {
      const message = onlyLast
        ? inEnglish('{name} is called {stored} in the package, of which the descriptor says nothing.', {
            name,
            stored: parts[0]!,
          })
        : inEnglish(
            '{name} is in {count, plural, one {# chunk} other {# chunks}}, of which the descriptor says nothing.',
            { name, count: parts.length },
          );
      this.#warn({ code: 'package.undeclared-chunks', message });
    }
    const sizeInPackageBytes = sizes.reduce((sum, size) => sum + size, 0);
    const file = { name, parts, sizeInPackageBytes, compression: element.compression };
    return { ...file, compression: this.#actualCompression(file) };
  }

  /** Some descriptors promise a compression for what has none, or another one. */
  #actualCompression(file: LocatedFile): string | null {
    const { name, compression } = file;
    if (compression === null || !isKnownCompression(compression)) return compression;
    const held = this.#heldCompression(file);
    if (held === compression) return held;
    const message =
      held === null
        ? inEnglish('{name} is not compressed, although the descriptor says so.', { name })
        : inEnglish('{name} is compressed with {held}, although the descriptor says {compression}.', {
            name,
            held,
            compression,
          });
    this.#warn({ code: 'package.compression-mismatch', message });
    return held;
  }

  #heldCompression(file: LocatedFile): string | null {
    const source = this.openStored(file);
    try {
      return probeCompression(source)?.id ?? null;
    } finally {
      source.close();
    }
  }

  #compareSize(element: FileElement, file: LocatedFile): void {
    if (element.sizeBytes === null || element.sizeBytes === file.sizeInPackageBytes) return;
    const message = inEnglish(
      '{name} is {sizeInPackageBytes} bytes long, although the descriptor says {sizeBytes}.',
      { name: file.name, sizeInPackageBytes: file.sizeInPackageBytes, sizeBytes: element.sizeBytes },
    );
    this.#warn({ code: 'package.size-mismatch', message });
  }
}

/** A reference is a URI; most writers give the bare name, some escape it, and some write it as Windows does. */
function spellings(href: string): string[] {
  const result = [href];
  if (/%[0-9a-f]{2}/i.test(href)) {
    try {
      result.push(decodeURIComponent(href));
    } catch {
      // It is no escape then.
    }
  }
  if (href.includes('\\')) result.push(href.replace(/\\/g, '/'));
  return result;
}

function warningFor(location: { readonly name: string; readonly failure: Failure }): Warning {
  const { code, details } = location.failure;
  if (code === 'package.file-missing') {
    return {
      code,
      message: inEnglish('{file} is not in the package.', { file: (details as { file: string }).file }),
    };
  }
  if (code === 'package.unsafe-name') {
    const { name, reason } = details as { name: string; reason: Message };
    return {
      code,
      message: inEnglish('“{name}” is not opened: {reason}.', { name, reason: asValue(reason) }),
    };
  }
  return {
    code,
    message: inEnglish('{name} cannot be read: {problem}.', {
      name: location.name,
      problem: asValue((details as { problem?: Message }).problem ?? code),
    }),
  };
}
