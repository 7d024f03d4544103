/** Opens one file as a cautious user would (info, then hash), and prints how that ended and the most memory it took. */
import { hashImage } from '#engine/operations/hash.ts';
import { inspect, inspectPackage } from '#engine/operations/inspect.ts';

import { listFiles } from '#engine/operations/list.ts';
import { openDisk } from '#engine/pipeline/open.ts';
import { Failure } from '#shared/failure.ts';
import { quietControl } from '../../electron/engine/quiet-control.ts';

const [path = '', ...allowed] = process.argv.slice(2);
/** Larger disks are zeros that would only take time. */
const hashedBytes = 2 ** 30;

function open(): string {
  const source = { path, allowed };
  const info = inspect(source, quietControl(), true);
  if (info.kind === 'package') {
    for (const { disks } of inspectPackage(path).systems) {
      for (const { file } of disks) if (file !== null) openDisk({ path, member: file }).close();
    }
    return 'package';
  }

  if (info.kind === 'optical') listFiles({ source, recursive: true }, quietControl());
  if (info.virtualSizeBytes === null || info.virtualSizeBytes > hashedBytes) return info.format;
  return hashImage(source, quietControl()).sha256;
}

let outcome: string;
try {
  outcome = open();
} catch (error) {
  outcome = Failure.from(error).code;
}
const mostBytes = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ outcome, mostBytes }));
