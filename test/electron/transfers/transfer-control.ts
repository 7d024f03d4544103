/** A control for transfers: what was made in the cloud is on its record, as it would be in the catalogue. */
import type { TransferControl } from '../../../electron/transfers/control.ts';
import type { CloudObjectChange } from '#shared/domain/cloud-image.ts';
import { quietControl, type QuietControl } from '../engine/quiet-control.ts';

export interface TestTransferControl extends QuietControl, TransferControl {
  readonly changes: readonly CloudObjectChange[];
  /** The images that are on record as not complete. */
  readonly half: ReadonlySet<string>;
}

export function transferControl(cancelAfterBytes?: number): TestTransferControl {
  const changes: CloudObjectChange[] = [];
  const half = new Set<string>();
  return Object.assign(quietControl(0, cancelAfterBytes), {
    changes,
    half,
    cloudObject(change: CloudObjectChange) {
      changes.push(change);
      if (change.event === 'making') half.add(change.object.id);
      else half.delete(change.object.id);
    },
  });
}
