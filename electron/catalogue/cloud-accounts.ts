/** Queries about accounts at clouds. No secret is among what is stored. */
import type { AccountSettings } from '#shared/domain/cloud-account.ts';
import type { Catalogue } from './database.ts';

/** What is on record of an account: typed in, or read from a file whenever it is used. */
export type StoredAccount = { readonly name: string; readonly cloud: string } & (
  | { readonly settings: AccountSettings; readonly file: null; readonly entry: null }
  /** `entry`: the cloud's name in a clouds.yaml; null for an RC file. */
  | { readonly settings: null; readonly file: string; readonly entry: string | null }
);

interface Row {
  readonly name: string;
  readonly cloud: string;
  readonly settings: string | null;
  readonly file: string | null;
  readonly entry: string | null;
}

export function listStoredAccounts(catalogue: Catalogue): StoredAccount[] {
  return catalogue.all<Row>('SELECT * FROM cloud_accounts ORDER BY name').map((row) => ({
    ...row,
    settings: row.settings === null ? null : (JSON.parse(row.settings) as AccountSettings),
  })) as StoredAccount[];
}

/** Stores an account, in place of one of the same name. */
export function storeAccount(
  catalogue: Catalogue,
  { name, cloud, settings, file, entry }: StoredAccount,
): void {
  catalogue.run(
    `INSERT OR REPLACE INTO cloud_accounts (name, cloud, settings, file, entry)
     VALUES (@name, @cloud, @settings, @file, @entry)`,
    { name, cloud, settings: settings === null ? null : JSON.stringify(settings), file, entry },
  );
}

export function removeAccount(catalogue: Catalogue, name: string): void {
  catalogue.run('DELETE FROM cloud_accounts WHERE name = @name', { name });
}
