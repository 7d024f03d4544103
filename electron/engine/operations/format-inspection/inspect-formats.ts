/** What oslo.utils' format inspector (8.2) says of a file, with the same answers: OpenStack's services go by it, not by what the owner claims. */
import type { StreamInspection } from '#shared/domain/preflight.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { inspectBootRecord } from './boot-record.ts';
import { InspectorBroke, type Inspector } from './inspector.ts';
import { inspectIso, inspectLuks, inspectQed, inspectVdi, inspectVhd } from './marks.ts';
import { inspectQcow2 } from './qcow2.ts';
import { inspectVhdx } from './vhdx.ts';
import { inspectVmdk } from './vmdk.ts';

const inspectors: readonly Inspector[] = [
  inspectQcow2,
  inspectVhd,
  inspectVhdx,
  inspectVmdk,
  inspectVdi,
  inspectQed,
  inspectIso,
  inspectBootRecord,
  inspectLuks,
];

/** Reads at most 1.3 MiB of `file`, which is the image as it would be uploaded. @throws Failure `io.*`. */
export function inspectFormats(file: ByteSource): StreamInspection {
  try {
    const matches = inspectors.flatMap((inspect) => inspect(file) ?? []);
    return { matches, breaksOff: false };
  } catch (error) {
    if (error instanceof InspectorBroke) return { matches: [], breaksOff: true };
    throw error;
  }
}
