/** What a person has chosen. */
import type { Catalogue } from '../catalogue/database.ts';
import { changeSettings, readSettings } from '../catalogue/settings.ts';
import type { Implementer } from './implementer.ts';
import { absolutePath } from './paths.ts';

export function implementSettings(
  os: Implementer['settings'],
  { catalogue }: { readonly catalogue: Catalogue },
) {
  return {
    get: os.get.handler(() => readSettings(catalogue)),
    change: os.change.handler(
      ({ input: { theme, density, outputFolder, defaultFormat, verifyOutput, limits } }) =>
        changeSettings(catalogue, {
          ...(theme !== undefined && { theme }),
          ...(density !== undefined && { density }),
          ...(outputFolder !== undefined && { outputFolder: outputFolder && absolutePath(outputFolder) }),
          ...(defaultFormat !== undefined && { defaultFormat }),
          ...(verifyOutput !== undefined && { verifyOutput }),
          ...(limits !== undefined && { limits }),
        }),
    ),
  };
}
