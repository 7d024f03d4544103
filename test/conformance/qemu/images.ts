/** Images made by qemu-img with every option that it has for creating them: the list, and how one is made. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** One way to have qemu-img write a disk. */
export interface QemuCase {
  /** The driver's id with us. */
  readonly format: string;
  /** The format's name in qemu. */
  readonly qemuFormat: string;
  /** As given to `-o`. */
  readonly options: Readonly<Record<string, string>>;
  /** `-c`. */
  readonly compressed: boolean;
}

const cases = (
  format: string,
  qemuFormat: string,
  options: readonly Readonly<Record<string, string>>[],
  compressed = false,
): QemuCase[] => options.map((one) => ({ format, qemuFormat, options: one, compressed }));

/** Every value of every option at least once, and together where they touch each other. */
export const qemuCases: readonly QemuCase[] = [
  ...cases('qcow2', 'qcow2', [
    {},
    { compat: '0.10' },
    { compat: '0.10', cluster_size: '512' },
    { compat: '0.10', cluster_size: '2M', preallocation: 'metadata' },
    ...['512', '1k', '2k', '4k', '8k', '16k', '32k', '128k', '256k', '512k', '1M', '2M'].map(
      (cluster_size) => ({ cluster_size }),
    ),
    ...['1', '2', '4', '8', '32', '64'].map((refcount_bits) => ({ refcount_bits })),
    { refcount_bits: '1', cluster_size: '512' },
    { refcount_bits: '64', cluster_size: '2M' },
    ...['16k', '64k', '2M'].map((cluster_size) => ({ extended_l2: 'on', cluster_size })),
    { extended_l2: 'on', preallocation: 'metadata' },
    ...['metadata', 'falloc', 'full'].map((preallocation) => ({ preallocation })),
    { lazy_refcounts: 'on' },
  ]),
  ...cases(
    'qcow2',
    'qcow2',
    [
      {},
      { compat: '0.10' },
      { compression_type: 'zstd' },
      { cluster_size: '512' },
      { cluster_size: '4k', compression_type: 'zstd' },
      { cluster_size: '2M' },
      { cluster_size: '2M', compression_type: 'zstd' },
      { extended_l2: 'on' },
      { extended_l2: 'on', compression_type: 'zstd' },
    ],
    true,
  ),
  ...cases('vmdk', 'vmdk', [
    {},
    ...['ide', 'buslogic', 'lsilogic', 'legacyESX'].map((adapter_type) => ({ adapter_type })),
    { compat6: 'on' },
    { hwversion: '17' },
    { zeroed_grain: 'on' },
    ...[
      'monolithicSparse',
      'monolithicFlat',
      'twoGbMaxExtentSparse',
      'twoGbMaxExtentFlat',
      'streamOptimized',
    ].map((subformat) => ({ subformat })),
    { subformat: 'monolithicFlat', adapter_type: 'lsilogic' },
    { subformat: 'twoGbMaxExtentSparse', zeroed_grain: 'on' },
  ]),
  ...cases('vdi', 'vdi', [{}, { static: 'on' }]),
  ...cases('vhd', 'vpc', [
    { force_size: 'on' },
    { subformat: 'dynamic', force_size: 'on' },
    { subformat: 'fixed', force_size: 'on' },
  ]),
  ...cases('vhdx', 'vhdx', [
    {},
    { subformat: 'fixed' },
    ...['1M', '2M', '16M', '256M'].map((block_size) => ({ block_size })),
    { log_size: '4M' },
    { block_state_zero: 'off' },
  ]),
  ...cases('raw', 'raw', [{}, { preallocation: 'falloc' }, { preallocation: 'full' }]),
];

/** `qcow2 -c cluster_size=2M`: a title for tests. */
export function caseTitle({ format, options, compressed }: QemuCase): string {
  const words = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  return [format, ...(compressed ? ['-c'] : []), ...words].join(' ');
}

/** What is too much of a thing for a test: an image that is written in full for terabytes. */
export function isFeasible({ format, options, compressed }: QemuCase, sizeBytes: number): boolean {
  const dense = ['falloc', 'full', 'metadata'].includes(options['preallocation'] ?? '');
  const flat = (options['subformat'] ?? '').endsWith('Flat') || options['subformat'] === 'fixed';
  const terabytes = sizeBytes > 2 ** 40;
  if (!terabytes) return !(dense && format !== 'qcow2' && sizeBytes > 64 << 20);
  // qemu-img writes all tables of a small cluster, every grain table, and every block of these.
  if (dense || flat || compressed || options['static'] === 'on' || options['extended_l2'] === 'on')
    return false;
  if (format === 'vhd' || format === 'vmdk' || format === 'vdi' || format === 'raw') return false;
  return /^(?:|64k|2M|1M|16M|256M|128k|256k|512k|32k)$/.test(
    options['cluster_size'] ?? options['block_size'] ?? '',
  );
}

/** Has qemu-img write the raw disk at `source` as `one` says, into `folder`. */
export function makeQemuImage(one: QemuCase, source: string, folder: string, number: number): string {
  const path = join(folder, `${basename(source)}-${number}.${one.format}`);
  const options = Object.entries(one.options).map(([name, value]) => `${name}=${value}`);
  const arguments_ = ['convert', '-f', 'raw', '-O', one.qemuFormat];
  if (one.compressed) arguments_.push('-c');
  // qemu-img rounds a disk that ends within a sector up; sizes here are whole sectors.
  if (statSync(source).size % 512 !== 0) throw new Error(`${source} does not end at a sector`);
  if (options.length > 0) arguments_.push('-o', options.join(','));
  execFileSync('qemu-img', [...arguments_, source, path], { stdio: ['ignore', 'ignore', 'pipe'] });
  return path;
}
