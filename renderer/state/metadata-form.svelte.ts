/** What is said about an image for a cloud: values in place of those that are proposed, and values of the person's own. */
import type { Metadata, MetadataDescription } from '#shared/domain/preparation.ts';
import { ownNameProblem, type OwnValue } from './metadata-value.ts';

export class MetadataForm {
  /** What was chosen in place of what is proposed; '' leaves a value out. */
  edits = $state.raw<Metadata>({});
  /** What the person adds to the fields; a row without a name stands for nothing. */
  own = $state.raw<readonly OwnValue[]>([]);
  readonly #describe: () => MetadataDescription | null;
  readonly description = $derived.by(() => this.#describe());
  /** As the form shows it: what is proposed, and what was chosen in its place. */
  readonly shown = $derived.by((): Metadata => {
    const proposals = this.description?.proposals ?? [];
    return { ...Object.fromEntries(proposals.map(({ name, value }) => [name, value])), ...this.edits };
  });
  /** What a plan is asked with: nothing of what follows from it. */
  readonly given = $derived.by((): Metadata => ({ ...this.edits, ...namedValues(this.own) }));
  /** All values that the image will have. */
  readonly all = $derived.by((): Metadata => {
    const values = { ...this.shown, ...namedValues(this.own) };
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
  });
  readonly isSound = $derived.by(() => this.own.every((row) => this.ownProblem(row) === null));

  /** `describe` gives what is known of the cloud's metadata so far. */
  constructor(describe: () => MetadataDescription | null) {
    this.#describe = describe;
  }

  /** '' leaves the value out. */
  set(name: string, value: string): void {
    this.edits = { ...this.edits, [name]: value };
  }

  setOwn(index: number, row: OwnValue): void {
    this.own = this.own.map((before, other) => (other === index ? row : before));
  }

  addOwn(): void {
    this.own = [...this.own, { name: '', value: '' }];
  }

  removeOwn(index: number): void {
    this.own = this.own.filter((_, other) => other !== index);
  }

  ownProblem(row: OwnValue): string | null {
    const { fields = [], ownNames = null } = this.description ?? {};
    if (ownNames === null) return null;
    return ownNameProblem(
      row,
      this.own,
      fields.map(({ name }) => name),
      ownNames,
    );
  }

  /** Takes these values in place of all that was chosen. */
  use(values: Metadata): void {
    const names = (this.description?.fields ?? []).map(({ name }) => name);
    const entries = Object.entries(values);
    this.edits = Object.fromEntries(entries.filter(([name]) => names.includes(name)));
    this.own = entries.filter(([name]) => !names.includes(name)).map(([name, value]) => ({ name, value }));
  }
}

const namedValues = (rows: readonly OwnValue[]): Metadata =>
  Object.fromEntries(rows.filter(({ name }) => name !== '').map(({ name, value }) => [name, value]));
