// Which outside programs the tests may call, where they are, and which Debian package brings each.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Program → Debian package. `apt-packages.txt` lists every one of these packages. */
export const debianPackageOf = {
  'qemu-img': 'qemu-utils',
  'qemu-io': 'qemu-utils',
  vhdiinfo: 'libvhdi-utils',
  vmdkinfo: 'libvmdk-utils',
  qcowinfo: 'libqcow-utils',
  xorriso: 'xorriso',
  '7z': 'p7zip-full',
  genisoimage: 'genisoimage',
  isoinfo: 'genisoimage',
  mkudffs: 'udftools',
  'mkfs.ext4': 'e2fsprogs',
  debugfs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  'mkfs.xfs': 'xfsprogs',
  xfs_db: 'xfsprogs',
  'mkfs.fat': 'dosfstools',
  mcopy: 'mtools',
  mdir: 'mtools',
  mmd: 'mtools',
  'mkfs.btrfs': 'btrfs-progs',
  'mkfs.ntfs': 'ntfs-3g',
  mkswap: 'util-linux',
  blkid: 'util-linux',
  sgdisk: 'gdisk',
  parted: 'parted',
  cryptsetup: 'cryptsetup-bin',
  openssl: 'openssl',
  tar: 'tar',
  gzip: 'gzip',
  xz: 'xz-utils',
  zstd: 'zstd',
  bzip2: 'bzip2',
  lz4: 'lz4',
  zip: 'zip',
  python3: 'python3',
  strace: 'strace',
  time: 'time',
  cpio: 'cpio',
  file: 'file',
  lzma: 'xz-utils',
  'keystone-manage': 'keystone',
  'glance-api': 'glance-api',
  'glance-manage': 'glance-api',
  openstack: 'python3-openstackclient',
  'swift-ring-builder': 'swift',
  'swift-proxy-server': 'swift-proxy',
  'swift-account-server': 'swift-account',
  'swift-container-server': 'swift-container',
  'swift-object-server': 'swift-object',
  chromium: 'chromium',
  Xvfb: 'xvfb',
} as const;

export type ToolName = keyof typeof debianPackageOf;

/** Programs that make file systems live here, and only root has these in PATH on Debian. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The full path of a program, or `null` when it is neither in PATH nor in the system folders. */
export function toolPath(name: ToolName, env: NodeJS.ProcessEnv = process.env): string | null {
  const folders = [...(env['PATH'] ?? '').split(delimiter).filter(Boolean), ...SYSTEM_FOLDERS];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  return found ?? null;
}

/** Whether this run is the one that decides, where a test that cannot run counts as failed. */
export function isContinuousIntegration(env: NodeJS.ProcessEnv = process.env): boolean {
  return Boolean(env['CI']) && env['CI'] !== 'false' && env['CI'] !== '0';
}

/** One line saying which of these programs are missing and what brings them, or `null` when all are there. */
export function describeMissing(
  names: readonly ToolName[],
  env: NodeJS.ProcessEnv = process.env,
): string | null {
  const missing = names.filter((name) => toolPath(name, env) === null);
  if (missing.length === 0) return null;
  return `needs ${missing.map((name) => `${name} (Debian package ${debianPackageOf[name]})`).join(', ')}`;
}

const said = new Set<string>();

/**
 * Whether a program is there. When it is not, says so once on stderr and returns false, for the caller to skip; on CI it
 * throws instead, because there nothing may be skipped.
 */
export function needsTool(name: ToolName): boolean {
  const missing = describeMissing([name]);
  if (missing === null) return true;
  if (isContinuousIntegration()) throw new Error(missing);
  if (!said.has(name)) process.stderr.write(`skipped: ${missing}\n`);
  said.add(name);
  return false;
}
