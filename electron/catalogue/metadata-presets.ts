/** Queries about metadata presets. */
import type { Metadata, MetadataPreset } from '#shared/domain/preparation.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Catalogue } from './database.ts';

/** More than a person tells apart. */
const mostPresets = 200;

/** Those of a cloud, by name. */
export function listPresets(catalogue: Catalogue, cloud: string): readonly MetadataPreset[] {
  const rows = catalogue.all<{ name: string; settings: string }>(
    'SELECT name, settings FROM metadata_presets WHERE cloud = @cloud ORDER BY name COLLATE NOCASE, name',
    { cloud },
  );
  return rows.map(({ name, settings }) => ({ cloud, name, values: JSON.parse(settings) as Metadata }));
}

/** Stores the preset, in place of one with that name. @throws Failure `input.invalid` where there are too many. */
export function savePreset(catalogue: Catalogue, { cloud, name, values }: MetadataPreset): void {
  catalogue.transaction(() => {
    const others = listPresets(catalogue, cloud).filter((preset) => preset.name !== name);
    if (others.length >= mostPresets) {
      throw new Failure('input.invalid', {
        problem: inEnglish('there are {mostPresets} presets already: remove one', { mostPresets }),
      });
    }
    catalogue.run(
      'INSERT OR REPLACE INTO metadata_presets (cloud, name, settings) VALUES (@cloud, @name, @settings)',
      { cloud, name, settings: JSON.stringify(values) },
    );
  });
}

export function removePreset(catalogue: Catalogue, cloud: string, name: string): void {
  catalogue.run('DELETE FROM metadata_presets WHERE cloud = @cloud AND name = @name', { cloud, name });
}
