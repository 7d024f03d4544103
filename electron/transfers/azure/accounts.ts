/** The storage account that the environment names, by the variables that Azure's command line takes. */
import type { AccountSources, UsualAccount, WrittenAccount } from '../cloud.ts';
import type { Surroundings } from '../surroundings.ts';

/** What it is called here: the variables have no name for it where a connection string says all. */
const usualName = 'azure';

export const sources: AccountSources = {
  usual(where) {
    const account = ofEnvironment(where);
    if (account === null) return [];
    const found = { name: String(account.settings['account'] ?? usualName), account };
    return [{ origin: 'environment', file: null, found } satisfies UsualAccount];
  },
};

function ofEnvironment({ environment }: Surroundings): WrittenAccount | null {
  const connection = environment['AZURE_STORAGE_CONNECTION_STRING'] ?? '';
  if (connection !== '') return { settings: { proof: 'connection-string' }, secret: connection };
  const account = environment['AZURE_STORAGE_ACCOUNT'] ?? '';
  if (account === '') return null;
  const endpoint = environment['AZURE_STORAGE_SERVICE_ENDPOINT'] ?? '';
  const key = environment['AZURE_STORAGE_KEY'] ?? '';
  const sas = environment['AZURE_STORAGE_SAS_TOKEN'] ?? '';
  if (key !== '') return { settings: { proof: 'key', account, endpoint }, secret: key };
  if (sas !== '') return { settings: { proof: 'sas', account, endpoint }, secret: sas };
  return { settings: { proof: 'identity', account, endpoint }, secret: null };
}
