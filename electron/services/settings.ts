/** What a person has chosen. */
import type { Catalogue } from '../catalogue/database.ts';
import { changeSettings, readSettings } from '../catalogue/settings.ts';
import type { LibraryKeeper } from '../library/keeper.ts';
import type { HostAbilities } from './host.ts';
import type { Implementer } from './implementer.ts';
import { absolutePath } from './paths.ts';

export function implementSettings(
  os: Implementer['settings'],
  {
    catalogue,
    library,
    host,
  }: { readonly catalogue: Catalogue; readonly library: LibraryKeeper; readonly host: HostAbilities },
) {
  return {
    get: os.get.handler(() => readSettings(catalogue)),
    change: os.change.handler(async ({ input: { outputFolder, ...others } }) => {
      const settings = changeSettings(catalogue, {
        ...others,
        ...(outputFolder !== undefined && { outputFolder: outputFolder && absolutePath(outputFolder) }),
      });
      if (others.language !== undefined) host.languageChosen?.(settings.language);
      await library.heedSettings();
      return settings;
    }),
  };
}
