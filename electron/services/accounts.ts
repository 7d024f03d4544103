/** Accounts at clouds, for the window: what it is told of them has no secret in it. */
import type { CloudAccounts } from '#shared/domain/cloud-account.ts';
import type { AccountBook } from './account-book.ts';
import type { Implementer } from './implementer.ts';
import { absolutePath } from './paths.ts';

export interface AccountServiceParts {
  readonly accounts: () => Promise<AccountBook>;
}

export function implementAccounts(os: Implementer['accounts'], { accounts }: AccountServiceParts) {
  const all = (book: AccountBook): CloudAccounts => ({
    accounts: book.list(),
    clouds: book.clouds,
    keepsSecrets: book.keepsSecrets,
  });
  return {
    list: os.list.handler(async () => all(await accounts())),
    add: os.add.handler(async ({ input }) => {
      const book = await accounts();
      book.add(input.name, input.cloud, input.settings, input.secret);
      return all(book);
    }),
    addFile: os.addFile.handler(async ({ input }) => {
      const book = await accounts();
      return { names: book.addFile(absolutePath(input.path)), all: all(book) };
    }),
    setSecret: os.setSecret.handler(async ({ input }) => {
      const book = await accounts();
      book.setSecret(input.name, input.secret);
      return all(book);
    }),
    remove: os.remove.handler(async ({ input }) => {
      const book = await accounts();
      book.remove(input.name);
      return all(book);
    }),
    check: os.check.handler(async ({ input, signal }) => (await accounts()).check(input.name, signal)),
  };
}
