/** What the drivers declare of themselves: fetched once for every connection, read by every form and label. */
import { inWords } from '#shared/text/in-words.ts';
import type { BuilderDescription } from '#shared/domain/build.ts';
import type { FormatDescription, WrapperDescription } from '#shared/domain/format.ts';
import { api } from '../api.ts';

class Formats {
  list = $state.raw<readonly FormatDescription[]>([]);
  builders = $state.raw<readonly BuilderDescription[]>([]);
  /** The compressions that a whole image can be written in. */
  wrappers = $state.raw<readonly WrapperDescription[]>([]);

  async load(): Promise<void> {
    [this.list, this.builders, this.wrappers] = await Promise.all([
      api.images.formats(),
      api.images.builders(),
      api.images.wrappers(),
    ]);
  }

  of(id: string): FormatDescription | null {
    return this.list.find((format) => format.id === id) ?? null;
  }

  /** The title of a format: the driver's own, else the id as it is. */
  titleOf(id: string): string {
    return inWords(this.list.find((format) => format.id === id)?.title ?? id);
  }

  /** The title of a variant where the driver declares it, else its id. */
  variantTitle(format: string, variant: string): string {
    const declared = this.list.find((candidate) => candidate.id === format)?.creation?.variants;
    return inWords(declared?.find((candidate) => candidate.id === variant)?.title ?? variant);
  }
}

export const formats = new Formats();
