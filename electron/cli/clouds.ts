/** The command line's look into clouds: accounts, images, what was left there. */
import type { CloudImage } from '#shared/domain/cloud-image.ts';
import { secretFor } from '#shared/domain/cloud-description.ts';
import { Failure } from '#shared/failure.ts';
import { printable } from '#shared/text/printable.ts';
import { formatSize } from '#shared/text/units.ts';
import { factsInWords, inWords } from '#shared/text/in-words.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { currentLocation } from '../catalogue/moving.ts';
import { takeProcessLock, type ProcessLock } from '../catalogue/process-lock.ts';
import { AccountBook } from '../services/account-book.ts';
import { CloudImageBook } from '../services/cloud-image-book.ts';
import { MemorySecrets } from '../services/secrets.ts';
import { transferCloud } from '../transfers/registry.ts';
import { pairsOf } from './arguments.ts';
import { withCatalogue } from './library.ts';
import { answer, type ExitCode } from './session.ts';

interface JsonOption {
  readonly json?: boolean;
}

export interface Books {
  readonly catalogue: Catalogue;
  /** This process, as the owner of what it makes. */
  readonly owner: ProcessLock;
  /** Secrets come from the environment and from files: the window's keychain is the window's. */
  readonly accounts: AccountBook;
  readonly images: CloudImageBook;
}

/** Opens the library's accounts and record for as long as `use` takes. */
export async function withBooks<T>(use: (books: Books) => Promise<T>): Promise<T> {
  const owner = takeProcessLock(currentLocation().locksFolder);
  try {
    return await withCatalogue((catalogue) => {
      const accounts = new AccountBook(catalogue, new MemorySecrets());
      const isAlive = (id: string): boolean => owner.isAlive(id);
      return use({
        catalogue,
        owner,
        accounts,
        images: new CloudImageBook({ catalogue, accounts, isAlive }),
      });
    });
  } finally {
    owner.release();
  }
}

/** The image that is called so, by id or by name. @throws Failure `input.invalid` for none, or several of that name. */
export async function imageCalled({ images }: Books, account: string, word: string): Promise<CloudImage> {
  const all = await images.list(account);
  const byId = all.find(({ id }) => id === word);
  const found = byId === undefined ? all.filter(({ name }) => name === word) : [byId];
  if (found.length === 1) return found[0]!;
  const ids = found.map(({ id }) => id).join(', ');
  throw new Failure('input.invalid', {
    problem:
      found.length === 0
        ? `${account} has no image "${word}"`
        : `several images are called "${word}": ${ids}`,
  });
}

/** `platter cloud list`. */
export async function cloudList(options: JsonOption): Promise<ExitCode> {
  const listed = await withBooks((books) => Promise.resolve(books.accounts.list()));
  const accounts = listed.map((account) => ({ ...account, place: inWords(account.place) }));
  answer(options.json ?? false, { accounts }, () =>
    accounts.map(({ name, cloud, settings, place, problem, file, hasSecret }) => {
      const what = settings === null ? (problem ?? '') : `${cloud}: ${place}`;
      return `${printable(name)}  ${printable(inWords(what))}${file === null ? '' : `  (${printable(file)})`}${hasSecret || settings === null ? '' : '  its secret is not known'}`;
    }),
  );
  return 0;
}

/** `platter cloud add ACCOUNT --cloud CLOUD --set name=value`. Its secret stays where it is: in the environment. */
export async function cloudAdd(
  account: string,
  options: JsonOption & { readonly cloud: string; readonly set?: readonly string[] },
): Promise<ExitCode> {
  const settings = Object.fromEntries(pairsOf(options.set ?? [], '--set'));
  const { place, hasSecret, secret } = await withBooks(async ({ accounts }) => {
    accounts.add(account, options.cloud, settings, '');
    const added = accounts.list().find(({ name }) => name === account)!;
    return {
      ...added,
      place: inWords(added.place),
      secret: secretFor(transferCloud(added.cloud), added.settings ?? {}),
    };
  });
  const variable = secret?.environment ?? null;
  answer(options.json ?? false, { account, cloud: options.cloud, place }, () => [
    `${account} is ${printable(place)}`,
    ...(hasSecret || variable === null ? [] : [`set ${variable} in the environment to use it`]),
  ]);
  return 0;
}

/** `platter cloud forget ACCOUNT`: the account, and nothing that is in the cloud. */
export async function cloudForget(account: string, options: JsonOption): Promise<ExitCode> {
  await withBooks(async ({ accounts }) => {
    const known = accounts.list().find(({ name }) => name === account);
    if (known === undefined) {
      throw new Failure('input.invalid', { problem: `there is no account called "${account}"` });
    }
    if (known.origin !== 'library' && known.origin !== 'file') {
      const where = known.file ?? 'the environment';
      throw new Failure('input.invalid', { problem: `${account} is written in ${where}: take it out there` });
    }
    accounts.remove(account);
    return Promise.resolve();
  });
  answer(options.json ?? false, { forgotten: account }, () => [`${account} is forgotten`]);
  return 0;
}

/** `platter cloud check ACCOUNT`. */
export async function cloudCheck(account: string, options: JsonOption): Promise<ExitCode> {
  const check = await withBooks(({ accounts }) => accounts.check(account));
  answer(options.json ?? false, check, () => [
    `${account}: ${check.user ?? 'logged in'}${check.project === null ? '' : ` in ${check.project}`}`,
    `images at ${check.endpoint}`,
    ...factsInWords(check.facts).map(({ label, value }) => `${label}: ${printable(value)}`),
  ]);
  return 0;
}

/** `platter cloud images ACCOUNT`. */
export async function cloudImages(account: string, options: JsonOption): Promise<ExitCode> {
  const images = await withBooks((books) => books.images.list(account));
  answer(options.json ?? false, { images }, () =>
    images.map(({ id, name, status, diskFormat, sizeBytes }) => {
      const size = sizeBytes === null ? '' : formatSize(sizeBytes);
      return [
        id,
        status.padEnd(9),
        (diskFormat ?? '').padEnd(6),
        size.padStart(10),
        printable(name ?? ''),
      ].join('  ');
    }),
  );
  return 0;
}

/** `platter cloud delete ACCOUNT IMAGE --yes`. */
export async function cloudDelete(account: string, word: string, options: JsonOption): Promise<ExitCode> {
  const deleted = await withBooks(async (books) => {
    const image = await imageCalled(books, account, word);
    await books.images.delete(account, image.id);
    return image;
  });
  answer(options.json ?? false, { deleted }, () => [`${printable(deleted.name ?? deleted.id)} is deleted`]);
  return 0;
}

/** `platter cloud cleanup [ACCOUNT]`: 1 when something is left. */
export async function cloudCleanUp(account: string | undefined, options: JsonOption): Promise<ExitCode> {
  const result = await withBooks((books) => books.images.cleanUp(account));
  answer(options.json ?? false, result, () => [
    ...result.removed.map(({ name, account: at }) => `${printable(name)}, half-made, is deleted from ${at}`),
    ...result.kept.map(
      ({ object, problem }) => `${printable(object.name)} stays in ${object.account}: ${inWords(problem)}`,
    ),
    ...(result.removed.length + result.kept.length === 0 ? ['nothing is left half-made'] : []),
  ]);
  return result.kept.length === 0 ? 0 : 1;
}
