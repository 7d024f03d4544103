/** Queries about what Platter made in clouds: on record before it is there, so that a crash leaves nothing unknown behind. */
import type { CloudObject, CloudObjectChange, RecordedCloudObject } from '#shared/domain/cloud-image.ts';
import type { Catalogue, SqlValues } from './database.ts';

interface Row {
  readonly account: string;
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly complete: number;
  readonly owner: string | null;
  readonly created_at: string;
}

const isIt = 'account = @account AND kind = @kind AND id = @id';
const keyOf = ({ account, kind, id }: CloudObject): SqlValues => ({ account, kind, id });

/** Puts on record what work tells. `owner`: the process that does it; `at`: ISO 8601. */
export function recordCloudObject(
  catalogue: Catalogue,
  { event, object }: CloudObjectChange,
  owner: string,
  at: string,
): void {
  if (event === 'gone') forgetCloudObject(catalogue, object);
  else if (event === 'made') {
    catalogue.run(`UPDATE cloud_objects SET complete = 1, owner = NULL WHERE ${isIt}`, keyOf(object));
  } else {
    catalogue.run(
      `INSERT OR REPLACE INTO cloud_objects (account, kind, id, name, complete, owner, created_at)
       VALUES (@account, @kind, @id, @name, 0, @owner, @at)`,
      { ...keyOf(object), name: object.name, owner, at },
    );
  }
}

/** The work is over: what it has not completed is left. */
export function letGoOfCloudObjects(catalogue: Catalogue, objects: Iterable<CloudObject>): void {
  for (const object of objects) {
    catalogue.run(`UPDATE cloud_objects SET owner = NULL WHERE ${isIt}`, keyOf(object));
  }
}

/** It is not there any more. */
export function forgetCloudObject(catalogue: Catalogue, object: CloudObject): void {
  catalogue.run(`DELETE FROM cloud_objects WHERE ${isIt}`, keyOf(object));
}

/** None of that id is there any more, of whatever kind. */
export function forgetCloudObjects(catalogue: Catalogue, account: string, id: string): void {
  catalogue.run('DELETE FROM cloud_objects WHERE account = @account AND id = @id', { account, id });
}

/** All that is on record, the newest first. `isAlive` knows whether a process still works. */
export function listCloudObjects(
  catalogue: Catalogue,
  isAlive: (owner: string) => boolean,
): RecordedCloudObject[] {
  return catalogue
    .all<Row>('SELECT * FROM cloud_objects ORDER BY created_at DESC, id')
    .map(({ account, kind, id, name, complete, owner, created_at: createdAt }) => ({
      account,
      kind,
      id,
      name,
      state: complete === 1 ? 'made' : owner !== null && isAlive(owner) ? 'making' : 'left',
      createdAt,
    }));
}
