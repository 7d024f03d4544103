/** An account that is being typed in, of whichever cloud: what is asked follows from what that cloud declares. */
import {
  fieldsFor,
  lacks,
  secretFor,
  type AccountField,
  type CloudDescription,
} from '#shared/domain/cloud-description.ts';
import { accounts } from './accounts.svelte.ts';

type Value = string | number | boolean;

export class AccountForm {
  name = $state('');
  secret = $state('');
  busy = $state(false);
  #cloudId = $state<string | null>(null);
  /** Only what was said, for every cloud by itself. */
  #values = $state<Record<string, Record<string, Value>>>({});
  readonly cloud = $derived.by((): CloudDescription | null => {
    const { clouds } = accounts;
    return clouds.find(({ id }) => id === this.#cloudId) ?? clouds[0] ?? null;
  });
  readonly values = $derived(this.#values[this.cloud?.id ?? ''] ?? {});
  readonly #fields = $derived(this.cloud === null ? [] : fieldsFor(this.cloud.fields, this.values));
  readonly fields = $derived(this.#fields.filter(({ further }) => further !== true));
  readonly further = $derived(this.#fields.filter(({ further }) => further === true));
  readonly warnings = $derived(warningsOf(this.#fields, this.values));
  readonly secretWanted = $derived(this.cloud === null ? null : secretFor(this.cloud, this.values));
  readonly ready = $derived(
    this.cloud !== null &&
      this.name.trim() !== '' &&
      lacks(this.#fields, this.values).length === 0 &&
      this.#fields.every((field) => isOfForm(field, this.values[field.name])) &&
      (this.secretWanted === null || this.secret !== ''),
  );

  choose(cloudId: string): void {
    this.#cloudId = cloudId;
    this.secret = '';
  }

  set(name: string, value: Value): void {
    const id = this.cloud?.id ?? '';
    this.#values[id] = { ...this.#values[id], [name]: value };
  }

  /** Whether it was kept; what went wrong was said. */
  async keep(): Promise<boolean> {
    const { cloud } = this;
    if (cloud === null || !this.ready || this.busy) return false;
    this.busy = true;
    const said = Object.fromEntries(
      this.#fields.flatMap(({ name }) => (name in this.values ? [[name, this.values[name]!]] : [])),
    );
    const secret = this.secretWanted === null ? '' : this.secret;
    const kept = await accounts.add(this.name.trim(), cloud.id, said, secret);
    this.busy = false;
    return kept;
  }
}

/** What is to be said of switches that are on. */
export function warningsOf(
  fields: readonly AccountField[],
  values: Readonly<Record<string, Value | null>>,
): readonly NonNullable<AccountField['warning']>[] {
  return fields.flatMap(({ name, warning }) =>
    warning !== undefined && values[name] === true ? [warning] : [],
  );
}

function isOfForm(field: AccountField, value: Value | undefined): boolean {
  if (field.type !== 'text' || field.pattern === undefined || value === undefined || value === '')
    return true;
  return new RegExp(`^(?:${field.pattern})$`, 'u').test(String(value).trim());
}
