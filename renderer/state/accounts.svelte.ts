/** Accounts at clouds, as the main process knows them, and what can be done with them. No secret is kept here. */
import { SvelteMap } from 'svelte/reactivity';
import type {
  AccountCheck,
  AccountSettings,
  CloudAccount,
  CloudAccounts,
} from '#shared/domain/cloud-account.ts';
import type { CloudDescription } from '#shared/domain/cloud-description.ts';
import { Failure } from '#shared/failure.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { notices } from './notices.svelte.ts';
import { picker } from './picker.svelte.ts';

/** What a try of an account came to. */
export type Trial =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'works'; readonly check: AccountCheck }
  | { readonly kind: 'failed'; readonly failure: Failure };

class Accounts {
  /** Null until they are known. */
  all = $state.raw<CloudAccounts | null>(null);
  failure = $state.raw<Failure | null>(null);
  readonly trials = new SvelteMap<string, Trial>();
  readonly list = $derived<readonly CloudAccount[]>(this.all?.accounts ?? []);
  /** What accounts can be of. */
  readonly clouds = $derived<readonly CloudDescription[]>(this.all?.clouds ?? []);
  /** Those that can be used as they are. */
  readonly usable = $derived(this.list.filter(({ hasSecret, settings }) => hasSecret && settings !== null));

  async load(): Promise<void> {
    try {
      this.all = await api.accounts.list();
      this.failure = null;
    } catch (error) {
      this.failure = Failure.from(error);
    }
  }

  /** The cloud of an account; null where it is not known. */
  cloudOf(name: string | null): CloudDescription | null {
    const account = this.list.find((known) => known.name === name);
    return this.clouds.find(({ id }) => id === account?.cloud) ?? null;
  }

  /** Asks for a file that accounts are written in. */
  async addFile(): Promise<void> {
    const title = this.clouds.flatMap(({ accountFiles }) => accountFiles ?? []).join(', ');
    const paths = await picker.chooseFiles({ title, confirmLabel: t('Add') });
    if (paths?.[0] === undefined) return;
    try {
      const { names, all } = await api.accounts.addFile({ path: paths[0] });
      this.all = all;
      for (const name of names)
        if (this.list.some((known) => known.name === name && known.hasSecret)) void this.try(name);
    } catch (error) {
      notices.fail(error);
    }
  }

  /** Whether it was kept; what went wrong was said. */
  async add(name: string, cloud: string, settings: AccountSettings, secret: string): Promise<boolean> {
    return this.#change(() => api.accounts.add({ name, cloud, settings, secret }), name);
  }

  async setSecret(name: string, secret: string): Promise<boolean> {
    return this.#change(() => api.accounts.setSecret({ name, secret }), name);
  }

  async remove(name: string): Promise<void> {
    this.trials.delete(name);
    await this.#change(() => api.accounts.remove({ name }), null);
  }

  /** Logs in and asks what the cloud offers. */
  async try(name: string): Promise<void> {
    this.trials.set(name, { kind: 'waiting' });
    try {
      this.trials.set(name, { kind: 'works', check: await api.accounts.check({ name }) });
    } catch (error) {
      this.trials.set(name, { kind: 'failed', failure: Failure.from(error) });
    }
  }

  async #change(change: () => Promise<CloudAccounts>, tried: string | null): Promise<boolean> {
    try {
      this.all = await change();
      if (tried !== null) void this.try(tried);
      return true;
    } catch (error) {
      notices.fail(error);
      return false;
    }
  }
}

export const accounts = new Accounts();
