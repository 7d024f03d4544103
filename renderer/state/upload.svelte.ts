/** An image, or what was prepared of one, on its way to a cloud: the account, its name, what is said of it, the start of the job. */
import { lacks, proposedName, proposedPacking, type UploadOption } from '#shared/domain/cloud-description.ts';
import type { ImageInfo } from '#shared/domain/image.ts';
import type { Job } from '#shared/domain/job.ts';
import type { MetadataDescription, MetadataRequest } from '#shared/domain/preparation.ts';
import type { UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { accounts } from './accounts.svelte.ts';
import type { UploadTask } from './making.svelte.ts';
import { MetadataForm } from './metadata-form.svelte.ts';
import { Planning } from './planning.svelte.ts';
import { parseProperties } from './properties-text.ts';
import { startOnce } from './starting.ts';
import { inOrder, isSet, partsOf, type UploadFile, wordOf, type UploadKind } from './upload-parts.ts';

type Value = string | number | boolean;

/** An option, with what the cloud says that can be chosen. */
export type OfferedOption = UploadOption & { readonly offered?: readonly string[] };

export class Upload {
  readonly task: UploadTask;
  readonly files: readonly UploadFile[];
  /** The image itself; of a set, the one that names the others. */
  readonly path: string;
  info = $state.raw<ImageInfo | null>(null);
  failure = $state.raw<Failure | null>(null);
  starting = $state(false);
  /** Where the cloud fetches it from, where it does so itself. */
  address = $state('');
  /** One a line: name=value; for clouds that do not say which properties there are. */
  properties = $state('');
  readonly #stem: string;
  #account = $state('');
  #name = $state<string | null>(null);
  #kind = $state<string | null>(null);
  /** Only what was chosen, for every cloud by itself. */
  #values = $state<Record<string, Record<string, Value>>>({});
  readonly cloud = $derived(accounts.cloudOf(this.#account));
  readonly takes = $derived(this.cloud?.upload ?? null);
  readonly parsed = $derived(parseProperties(this.properties));
  readonly values = $derived(this.#values[this.cloud?.id ?? ''] ?? {});
  /** The form of the properties, for clouds that say which there are. */
  readonly describing = new Planning<MetadataRequest, MetadataDescription>(async (request, signal) => {
    const plan = await api.preparation.metadata(request as Parameters<typeof api.preparation.metadata>[0], {
      signal,
    });
    return { plan, failure: null };
  });
  readonly metadata = new MetadataForm(() => this.describing.last);
  readonly metadataRequest = $derived.by((): MetadataRequest | null => {
    const { cloud, task } = this;
    if (cloud?.definesProperties !== true) return null;
    // What was prepared has its metadata already: nothing is proposed in place of what was taken out.
    const source = task.prepared === null ? { source: { path: task.path } } : {};
    return { cloud: cloud.id, account: this.#account, metadata: this.metadata.given, ...source };
  });
  /** What the account's cloud has said that can be chosen. */
  readonly #offered = $derived.by((): Readonly<Record<string, readonly string[]>> => {
    const trial = accounts.trials.get(this.#account);
    return trial?.kind === 'works' ? trial.check.choices : {};
  });
  /** The ways that this image can go there. */
  readonly kinds = $derived.by((): readonly UploadKind[] => {
    const { takes, info, files } = this;
    if (takes === null || info === null) return [];
    // Several files were prepared for it: they go there as they are.
    if (files.length > 1) return takes.kinds.filter((kind) => kind === 'file');
    // A file that is compressed as a whole means nothing to most clouds.
    const asItIs = info.wrapper === null || takes.takesCompressed;
    const fetches = takes.fetches && (this.#offered['method']?.includes('web-download') ?? false);
    const packing = proposedPacking(takes, info.wrapper);
    return [
      ...(packing === null ? [] : [packing]),
      ...takes.kinds.filter((kind) => kind === 'raw' || asItIs),
      ...takes.conversions.filter((conversion) => conversion !== packing),
      ...(fetches ? (['address'] as const) : []),
    ];
  });
  readonly kind = $derived(this.kinds.find((kind) => wordOf(kind) === this.#kind) ?? this.kinds[0] ?? null);
  readonly addressProblem = $derived.by(() =>
    this.address === '' || /^https?:\/\/[^/\s]+/i.test(this.address)
      ? null
      : t('An address begins with http:// or https://.'),
  );
  /** Why the cloud does not take a set; null where it does, or there is none. */
  readonly setProblem = $derived.by(() =>
    this.takes !== null && !this.takes.takesSets && isSet(this.files)
      ? t('Kernel and RAM disk mean nothing there: choose an account at another cloud.')
      : null,
  );
  readonly work = $derived.by((): UploadWork | null => {
    const { account, takes, kind, parsed, address, files } = this;
    // What the cloud said first stands in the form, too.
    const asked = this.options(false).filter(
      ({ asksCloud, type }) => asksCloud === true && type === 'choice',
    );
    const proposed = asked.map(({ name, default: usual }): [string, Value] => [name, usual]);
    const values: Record<string, Value> = { ...Object.fromEntries(proposed), ...this.values };
    const name = this.name.trim();
    if (takes === null || kind === null || name === '' || this.setProblem !== null) return null;
    if (kind === 'address' && (address === '' || this.addressProblem !== null)) return null;
    if (lacks(takes.options, values).length > 0) return null;
    const isForm = this.metadataRequest !== null;
    if (isForm && (!this.metadata.isSound || this.describing.failure !== null)) return null;
    if (!isForm && takes.properties !== null && parsed.problem !== null) return null;
    const properties = isForm ? this.metadata.all : takes.properties === null ? {} : parsed.properties;
    const told = kind === 'address' ? { diskFormat: this.#formatWord } : {};
    return {
      account,
      options: { ...told, ...values },
      parts: partsOf({ name, files, kind, address, properties }),
    };
  });

  constructor(task: UploadTask) {
    const { path, prepared } = task;
    this.task = task;
    this.files = prepared === null ? [{ role: 'disk', path }] : inOrder(prepared.files);
    this.path = this.files.at(-1)!.path;
    this.#stem = prepared?.name ?? fileNameOf(path).replace(/\.[^.]+$/, '');
  }

  /** What a cloud is told that cannot look into the file: the names that it shares with us, and raw for the others. */
  get #formatWord(): string {
    const format = this.info?.format ?? 'raw';
    return /^(?:qcow2|vmdk|vdi|vhdx?|iso)$/.test(format) ? format : 'raw';
  }

  get name(): string {
    if (this.#name !== null) return this.#name;
    const { takes, kind, path } = this;
    return takes === null ? this.#stem : proposedName(takes, this.#stem, fileNameOf(path), kind ?? 'file');
  }

  set name(name: string) {
    this.#name = name;
  }

  get account(): string {
    return this.#account;
  }

  /** Asks the cloud what can be chosen there, where that is not known. */
  set account(name: string) {
    this.#account = name;
    const asks = this.takes?.options.some(({ asksCloud }) => asksCloud === true) ?? false;
    if (asks && accounts.trials.get(name)?.kind !== 'works') void accounts.try(name);
  }

  chooseKind(word: string): void {
    this.#kind = word;
  }

  set(option: string, value: Value): void {
    const id = this.cloud?.id ?? '';
    this.#values[id] = { ...this.#values[id], [option]: value };
  }

  /** The options, as those to choose from where the cloud has said what there is. */
  options(further: boolean): readonly OfferedOption[] {
    return (this.takes?.options ?? [])
      .filter((option) => (option.further ?? false) === further)
      .map((option) => offeredOption(option, this.#offered[option.name] ?? []));
  }

  async load(): Promise<void> {
    await accounts.load();
    const wanted = this.task.prepared?.cloud ?? this.task.cloud;
    const fitting = accounts.usable.find(({ cloud }) => cloud === wanted) ?? accounts.usable[0];
    this.account = fitting?.name ?? '';
    this.#takeMetadata(wanted);
    try {
      this.info = await api.images.inspect({ path: this.path });
    } catch (error) {
      this.failure = Failure.from(error);
    }
  }

  /** What was said of the image when it was prepared for this very cloud. */
  #takeMetadata(wanted: string | null): void {
    const { prepared } = this.task;
    if (prepared !== null && this.cloud?.id === wanted) this.metadata.edits = prepared.metadata;
  }

  /** Queues the job; null when it could not start, which was said. */
  start(): Promise<Job | null> {
    return startOnce(this, this.work && { kind: 'upload', request: this.work });
  }
}

/** A choice has what the cloud offers of it; of a list, each is ticked; any other text becomes a choice. */
function offeredOption(option: UploadOption, choices: readonly string[]): OfferedOption {
  if (option.asksCloud !== true || choices.length === 0) return option;
  if (option.type === 'choice') {
    const known = option.choices.filter((choice) => choices.includes(choice));
    return { ...option, choices: known.length === 0 ? option.choices : known };
  }
  if (option.type === 'text' && (option.lines ?? 1) > 1) return { ...option, offered: choices };
  const { name, title, help } = option;
  const usual = String(option.default);
  return {
    name,
    title,
    help,
    required: option.required ?? false,
    asksCloud: true,
    type: 'choice',
    // What has to be said begins with the first that there is.
    default: usual === '' && option.required === true ? choices[0]! : usual,
    choices: choices.includes(usual) ? choices : [...(usual === '' ? [] : [usual]), ...choices],
  };
}
