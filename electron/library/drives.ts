/** Which files lie on drives that come and go, or across a network: those are not read unless the person wants it. */
import { realpathSync, readFileSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What `statfs` says of file systems that are elsewhere: statfs(2), linux/magic.h. */
const networkTypes: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x01021997, // 9P
  0x65735546, // FUSE: sshfs, rclone, …
  0x5346414f, // AFS
  0x00c36400, // Ceph
]);

/**
 * Whether the file lies on a drive that can be taken away, or on another machine. `known` remembers folders that were asked
 * for. What the system does not say is taken for a drive that stays.
 */
export async function isDistant(path: string, known: Map<string, boolean>): Promise<boolean> {
  const folder = dirname(path);
  const before = known.get(folder);
  if (before !== undefined) return before;
  const distant = await look(folder);
  known.set(folder, distant);
  return distant;
}

async function look(folder: string): Promise<boolean> {
  switch (process.platform) {
    case 'linux':
      return looksDistantOnLinux(folder);
    case 'darwin':
      // The start volume is not mounted there: external and network drives are.
      return folder.startsWith('/Volumes/');
    case 'win32':
      // A share by its name. Letters that stand for one are not told from drives.
      return folder.startsWith('\\\\');
    default:
      return false;
  }
}

async function looksDistantOnLinux(folder: string): Promise<boolean> {
  try {
    const { type } = await statfs(folder);
    if (networkTypes.has(type >>> 0)) return true;
    const { dev } = await stat(folder);
    return isRemovable(sysfsNameOf(dev));
  } catch {
    return false;
  }
}

/** `major:minor`, of a number that glibc's makedev() has put together. */
export function sysfsNameOf(device: number): string {
  const wide = BigInt(device);
  const major = ((wide >> 8n) & 0xfffn) | ((wide >> 32n) & ~0xfffn);
  const minor = (wide & 0xffn) | ((wide >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}

/** Whether sysfs has the block device on a USB bus, or as removable. */
function isRemovable(name: string): boolean {
  try {
    const device = realpathSync(`/sys/dev/block/${name}`);
    if (/\/usb\d/.test(device)) return true;
    return [device, dirname(device)].some((one) => {
      try {
        return readFileSync(`${one}/removable`, 'utf8').trim() === '1';
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}
