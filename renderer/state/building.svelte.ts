/** Something being built of images and fields: what, of what, with which fields; its plan, and the start of the job. */
import type { BuilderDescription, BuildPlan, BuildRequest } from '#shared/domain/build.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { Job } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { folderOf } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { app } from './app.svelte.ts';
import { inputProblem } from './build-inputs.ts';
import { formats } from './formats.svelte.ts';
import { builtName } from './output-names.ts';
import { isTaken, OutputPlace } from './output-place.svelte.ts';
import { picker } from './picker.svelte.ts';
import { Planning } from './planning.svelte.ts';
import { startOnce } from './starting.ts';

export class Building {
  builderId = $state('');
  inputs = $state.raw<readonly string[]>([]);
  /** Only what the user changed. */
  fields = $state<Record<string, string | number | boolean>>({});
  starting = $state(false);
  readonly place: OutputPlace;
  readonly planning: Planning<BuildRequest, BuildPlan>;
  readonly builder = $derived.by(
    (): BuilderDescription | null => formats.builders.find(({ id }) => id === this.builderId) ?? null,
  );
  /** What is wrong with the inputs, in words; null when nothing is. */
  readonly inputProblem = $derived.by((): string | null => {
    return this.builder === null ? null : inputProblem(this.builder.inputs, this.inputs.length);
  });
  readonly request = $derived.by((): BuildRequest | null => {
    const { path } = this.place;
    if (this.builder === null || this.inputProblem !== null || path === null) return null;
    return {
      builder: this.builder.id,
      inputs: this.inputs.map((input) => ({ path: input })),
      outputPath: path,
      fields: $state.snapshot(this.fields) as OptionValues,
      verify: app.settings.verifyOutput,
      ...(this.place.replace ? { force: true } : {}),
    };
  });
  readonly ready = $derived.by(
    () =>
      this.request !== null &&
      this.planning.plan?.fits === true &&
      this.planning.failure === null &&
      !this.planning.planning &&
      !this.starting,
  );

  constructor(inputs: readonly string[]) {
    this.inputs = inputs;
    const first = inputs[0];
    const beside = first === undefined ? (app.info?.homeFolder ?? '') : folderOf(first);
    this.place = new OutputPlace(app.settings.outputFolder ?? beside);
    this.planning = new Planning(async (request, signal) => {
      const input = request as Parameters<typeof api.images.planBuild>[0];
      const plan = await api.images.planBuild(input, { signal });
      const taken = request.force !== true && (await isTaken(this.place.folder, request.outputPath, signal));
      return { plan, failure: taken ? new Failure('io.exists', { path: request.outputPath }) : null };
    });
    const suited = formats.builders.find(({ inputs: wanted }) =>
      inputs.length === 0 ? wanted.minimum === 0 : wanted.kind === 'disks',
    );
    this.choose((suited ?? formats.builders[0])?.id ?? '');
  }

  /** Another kind of thing: its own fields, and the inputs only where it takes such. */
  choose(id: string): void {
    const before = this.builder?.inputs.kind;
    this.builderId = id;
    this.fields = {};
    if (before !== undefined && before !== this.builder?.inputs.kind) this.inputs = [];
    this.#proposeName();
  }

  /** Adds files, or a folder, as the builder takes them. */
  async addInputs(): Promise<void> {
    if (this.builder === null) return;
    const { kind, maximum } = this.builder.inputs;
    if (kind === 'folder') {
      const folder = await picker.chooseFolder(t('Take the content of'), this.inputs[0] ?? this.place.folder);
      if (folder !== null) this.inputs = [folder];
    } else {
      const startFolder = this.inputs[0] === undefined ? this.place.folder : folderOf(this.inputs[0]);
      const paths = await picker.chooseFiles({ title: t('Build from'), confirmLabel: t('Add'), startFolder });
      if (paths === null) return;
      const all = [...this.inputs, ...paths.filter((path) => !this.inputs.includes(path))];
      this.inputs = maximum === 1 ? all.slice(-1) : all;
    }
    this.#proposeName();
  }

  removeInput(path: string): void {
    this.inputs = this.inputs.filter((input) => input !== path);
    this.#proposeName();
  }

  /** Queues the job; null when it could not start, which was said. */
  start(): Promise<Job | null> {
    const { request } = this;
    return startOnce(this, request && { kind: 'build', request });
  }

  #proposeName(): void {
    if (this.builder === null) return;
    this.place.proposed = builtName(this.builder, this.inputs[0]);
  }
}
