/** What clouds say of their metadata: asked once in a while, and joined with what is known of it without asking. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { Failure } from '#shared/failure.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { withLive, type KnownDefinitions } from '../clouds/metadata.ts';
import { cloudOf } from '../clouds/preflight.ts';
import type { AccountBook } from './account-book.ts';

/** A form asks with every letter that is typed; a cloud that does not answer is not asked each time. */
const keptMilliseconds = 300_000;
const keptAfterFailureMilliseconds = 20_000;

interface Answer {
  readonly until: number;
  readonly content: Promise<readonly MetadataField[]>;
}

export class MetadataDefinitions {
  readonly #accounts: () => Promise<Pick<AccountBook, 'definitions'>>;
  readonly #now: () => number;
  readonly #answers = new Map<string, Answer>();

  constructor(accounts: () => Promise<Pick<AccountBook, 'definitions'>>, now: () => number = Date.now) {
    this.#accounts = accounts;
    this.#now = now;
  }

  /** What is known for a cloud; an account that cannot be asked is told of, and stops nobody. @throws Failure `input.invalid`. */
  async of(cloud: string, account: string | undefined): Promise<KnownDefinitions> {
    if (account === undefined) return {};
    const { preparation } = cloudOf(cloud);
    try {
      const fields = withLive(preparation.fields, await this.#ask(account));
      return { fields, live: { account, problem: null } };
    } catch (error) {
      const { sentence } = describeFailure(Failure.from(error).toData());
      return { live: { account, problem: sentence } };
    }
  }

  #ask(account: string): Promise<readonly MetadataField[]> {
    const known = this.#answers.get(account);
    if (known !== undefined && known.until > this.#now()) return known.content;
    const content = this.#accounts().then((book) => book.definitions(account));
    const keep = (milliseconds: number, answer: Answer['content']): void => {
      this.#answers.set(account, { until: this.#now() + milliseconds, content: answer });
    };
    // Who has an answer goes on with it while a newer one is on its way.
    keep(keptMilliseconds, known?.content ?? content);
    content.then(
      () => keep(keptMilliseconds, content),
      () => keep(keptAfterFailureMilliseconds, content),
    );
    return known?.content ?? content;
  }
}
