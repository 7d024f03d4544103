/** Typed-in settings of an account, held against what its cloud declares. */
import type { AccountSettings } from '#shared/domain/cloud-account.ts';
import { fieldsFor, lacks } from '#shared/domain/cloud-description.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { resolveOptions } from '#engine/operations/target.ts';
import type { TransferCloud } from './cloud.ts';

/**
 * Every field that means something, in its type; what is not said has its default.
 * @throws Failure `input.invalid` for what is not declared, of another form, or missing.
 */
export function settleSettings(
  { fields, title }: Pick<TransferCloud, 'fields' | 'title'>,
  settings: AccountSettings,
): AccountSettings {
  const said = Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) =>
      value === null ? [] : [[name, typeof value === 'string' ? value.trim() : value]],
    ),
  );
  const resolved = resolveOptions(fields, said, title);
  const meant = fieldsFor(fields, resolved);
  const missing = lacks(meant, resolved);
  if (missing.length > 0) {
    throw new Failure('input.invalid', {
      problem: inEnglish('an account of {title} needs: {missing}', { title, missing: missing.join(', ') }),
    });
  }
  return Object.fromEntries(meant.map(({ name }) => [name, resolved[name]!]));
}
