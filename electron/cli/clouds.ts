/** The command line's look into clouds: accounts, images, what was left there. */
import type { CloudImage } from '#shared/domain/cloud-image.ts';
import { Failure } from '#shared/failure.ts';
import { printable } from '#shared/text/printable.ts';
import { formatSize } from '#shared/text/units.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { libraryLocation } from '../catalogue/location.ts';
import { takeProcessLock, type ProcessLock } from '../catalogue/process-lock.ts';
import { AccountBook } from '../services/account-book.ts';
import { CloudImageBook } from '../services/cloud-image-book.ts';
import { MemorySecrets } from '../services/secrets.ts';
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
  const owner = takeProcessLock(libraryLocation().locksFolder);
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
  const accounts = await withBooks((books) => Promise.resolve(books.accounts.list()));
  answer(options.json ?? false, { accounts }, () =>
    accounts.map(({ name, settings, problem, file, hasSecret }) => {
      const what = settings === null ? (problem ?? '') : settings.authUrl;
      return `${printable(name)}  ${printable(what)}${file === null ? '' : `  (${printable(file)})`}${hasSecret || settings === null ? '' : '  no password'}`;
    }),
  );
  return 0;
}

/** `platter cloud check ACCOUNT`. */
export async function cloudCheck(account: string, options: JsonOption): Promise<ExitCode> {
  const { Glance } = await import('../transfers/openstack/glance.ts');
  const check = await withBooks(async ({ accounts }) => {
    const glance = new Glance(accounts.access(account));
    return glance.check().finally(() => glance.close());
  });
  answer(options.json ?? false, check, () => [
    `${account}: ${check.user ?? 'logged in'}${check.project === null ? '' : ` in the project ${check.project}`}`,
    `images at ${check.imageEndpoint}`,
    ...(check.importMethods.length > 0 ? [`imports by ${check.importMethods.join(', ')}`] : []),
    ...(check.stores.length > 0 ? [`stores: ${check.stores.map(({ id }) => id).join(', ')}`] : []),
  ]);
  return 0;
}

/** `platter cloud images ACCOUNT`. */
export async function cloudImages(account: string, options: JsonOption): Promise<ExitCode> {
  const images = await withBooks((books) => books.images.list(account));
  answer(options.json ?? false, { images }, () =>
    images.map(({ id, name, status, diskFormat, sizeBytes, visibility }) => {
      const size = sizeBytes === null ? '' : formatSize(sizeBytes);
      return [
        id,
        status.padEnd(9),
        (diskFormat ?? '').padEnd(6),
        size.padStart(10),
        visibility,
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
      ({ object, problem }) => `${printable(object.name)} stays in ${object.account}: ${problem}`,
    ),
    ...(result.removed.length + result.kept.length === 0 ? ['nothing is left half-made'] : []),
  ]);
  return result.kept.length === 0 ? 0 : 1;
}
