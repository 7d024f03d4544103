/** What clouds say of some images: asked once for each, kept as long as the page is shown. */
import { SvelteMap } from 'svelte/reactivity';
import type { ListedCloud, CloudVerdict, Preflight, Verdict } from '#shared/domain/preflight.ts';
import { Failure } from '#shared/failure.ts';
import { api } from '../api.ts';

export type Answer =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'answered'; readonly preflight: Preflight }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface Judgement extends CloudVerdict {
  readonly cloud: ListedCloud;
}

/** More at once would keep everything else that waits for an answer waiting. */
const mostAtOnce = 2;

export class PreflightPage {
  readonly paths: readonly string[];
  readonly answers: SvelteMap<string, Answer>;
  /** Null until they are known. */
  clouds = $state.raw<readonly ListedCloud[] | null>(null);
  cloudsFailure = $state.raw<Failure | null>(null);

  /** The fixes that were put into the plan, by image and cloud. */
  readonly #chosen = new SvelteMap<string, readonly string[]>();

  constructor(paths: readonly string[]) {
    this.paths = paths.filter((path, index) => paths.indexOf(path) === index);
    this.answers = new SvelteMap(this.paths.map((path) => [path, { kind: 'waiting' }]));
  }

  async load(): Promise<void> {
    this.cloudsFailure = null;
    try {
      this.clouds ??= await api.clouds.list();
    } catch (error) {
      this.cloudsFailure = Failure.from(error);
      return;
    }
    const waiting = this.paths.filter((path) => this.answers.get(path)?.kind === 'waiting');
    const ask = async (): Promise<void> => {
      for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) await this.look(path);
    };
    await Promise.all(Array.from({ length: mostAtOnce }, ask));
  }

  /** Asks for one image, again where it was asked before. */
  async look(path: string): Promise<void> {
    this.answers.set(path, { kind: 'waiting' });
    try {
      this.answers.set(path, { kind: 'answered', preflight: await api.clouds.preflight({ path }) });
    } catch (error) {
      this.answers.set(path, { kind: 'failed', failure: Failure.from(error) });
    }
  }

  /** The verdicts on that image of one kind of taker, in the clouds' order. */
  judgements(path: string, kind: ListedCloud['kind']): readonly Judgement[] {
    const answer = this.answers.get(path);
    if (answer?.kind !== 'answered') return [];
    return (this.clouds ?? []).flatMap((cloud) => {
      const verdict = answer.preflight.clouds.find(({ id }) => id === cloud.id);
      return verdict === undefined || cloud.kind !== kind ? [] : [{ ...verdict, cloud }];
    });
  }

  /** The rules whose fixes are in the plan for that image and cloud. */
  chosen(path: string, cloud: string): readonly string[] {
    return this.#chosen.get(`${cloud} ${path}`) ?? [];
  }

  /** Puts a fix into the plan, or takes it out again. */
  toggleFix(path: string, cloud: string, rule: string): void {
    const now = this.chosen(path, cloud);
    const next = now.includes(rule) ? now.filter((other) => other !== rule) : [...now, rule];
    this.#chosen.set(`${cloud} ${path}`, next);
  }

  /** How many say what of that image; null until it is known. */
  counts(path: string): Readonly<Record<Verdict, number>> | null {
    const answer = this.answers.get(path);
    if (answer?.kind !== 'answered') return null;
    const counts = { ready: 0, fixable: 0, refused: 0 };
    for (const { verdict } of answer.preflight.clouds) counts[verdict]++;
    return counts;
  }
}
