/** A control for transfers: what was made in the cloud is on its record, as it would be in the catalogue. */
import type { TransferControl } from '../../../electron/transfers/control.ts';
import type { CloudObjectChange, CloudPermission } from '#shared/domain/cloud-image.ts';
import type { Journal } from '#engine/control.ts';
import { quietControl, type QuietControl } from '../engine/quiet-control.ts';

export interface TestTransferControl extends QuietControl, TransferControl {
  readonly changes: readonly CloudObjectChange[];
  /** The images that are on record as not complete. */
  readonly half: ReadonlySet<string>;
}

/** What outlives the runs of a job. */
export interface KeptBetweenRuns {
  readonly journal: Journal;
  permission: CloudPermission | null;
}

export function betweenRuns(): KeptBetweenRuns {
  const records: Uint8Array[] = [];
  const journal = {
    records,
    append: (record: Uint8Array) => void records.push(record),
    clear: () => void (records.length = 0),
  };
  return { journal, permission: null };
}

/** A control of a run of a job whose runs have `kept`. */
export function controlOf(kept: KeptBetweenRuns, cancelAfterBytes?: number): TestTransferControl {
  return Object.assign(transferControl(cancelAfterBytes), {
    journal: { ...kept.journal, records: [...kept.journal.records] },
    keepsPermissions: true,
    permission: kept.permission,
    keepPermission: (permission: CloudPermission | null) => void (kept.permission = permission),
  });
}

export function transferControl(cancelAfterBytes?: number): TestTransferControl {
  const changes: CloudObjectChange[] = [];
  const half = new Set<string>();
  return Object.assign(quietControl(0, cancelAfterBytes), {
    changes,
    half,
    keepsPermissions: false,
    permission: null,
    keepPermission() {},
    cloudObject(change: CloudObjectChange) {
      changes.push(change);
      if (change.event === 'making') half.add(change.object.id);
      else half.delete(change.object.id);
    },
  });
}
