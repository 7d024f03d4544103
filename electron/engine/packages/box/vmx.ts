/** The lines of a VMware configuration file (.vmx) that say what a machine is: `name = "value"`. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { latin1, nameDecoder } from '../../disks/vmdk/descriptor-text.ts';

export const vmxLimitBytes = 1 << 20;
const lineLimit = 20_000;

/** The values by their names in lower case. Later lines replace earlier ones, as VMware reads them. */
export type VmxValues = ReadonlyMap<string, string>;

/** The values of a file, in the encoding that one of its lines names. @throws Failure `package.malformed`. */
export function readVmx(source: ByteSource, structure: string): VmxValues {
  if (source.sizeBytes > vmxLimitBytes) {
    throw new Failure('package.malformed', {
      structure,
      problem: inEnglish('it is larger than {vmxLimitBytes} bytes', { vmxLimitBytes }),
    });
  }
  const text = latin1(readBytes(source, 0, source.sizeBytes));
  const [, encoding = null] = /^\s*\.encoding\s*=\s*"([^"]*)"/im.exec(text) ?? [];
  return parseVmx(nameDecoder(encoding).decode(text));
}

/** Lines of any other shape are passed over. */
export function parseVmx(text: string): VmxValues {
  const values = new Map<string, string>();
  for (const line of text.split(/\r\n|\r|\n/).slice(0, lineLimit)) {
    const equals = line.indexOf('=');
    if (equals < 1 || line.length > 8192 || line.trimStart().startsWith('#')) continue;
    const name = line.slice(0, equals).trim().toLowerCase();
    const quoted = line.slice(equals + 1).trim();
    values.set(name, unescape(quoted.replace(/^"(.*)"$/, '$1')));
  }
  return values;
}

/** A bar and two hexadecimal digits stand for a byte that the file could not hold: `|22` is a quote. */
function unescape(value: string): string {
  return value.replace(/\|([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

export interface VmxDisk {
  readonly file: string;
  /** e.g. "SCSI 0:1 (lsilogic)". */
  readonly controller: string;
}

/** The hard disks, in the order of their buses and units. */
export function vmxDisks(values: VmxValues): VmxDisk[] {
  const disks: (VmxDisk & { order: string })[] = [];
  for (const [name, file] of values) {
    const match = /^(scsi|sata|ide|nvme)(\d{1,2}):(\d{1,3})\.filename$/.exec(name);
    if (match === null || file === '' || file === 'emptyBackingString') continue;
    const [, bus, number, unit] = match as unknown as [string, string, string, string];
    const device = `${bus}${number}:${unit}`;
    const kind = values.get(`${device}.devicetype`) ?? 'disk';
    if (!isTrue(values, `${device}.present`, true) || !/disk/i.test(kind) || /\.iso$/i.test(file)) continue;
    const model = values.get(`${bus}${number}.virtualdev`);
    const controller = `${bus === 'nvme' ? 'NVMe' : bus.toUpperCase()} ${number}:${unit}`;
    disks.push({
      file,
      controller: model === undefined ? controller : `${controller} (${model})`,
      order: `${bus}${number.padStart(2, '0')}:${unit.padStart(3, '0')}`,
    });
  }
  return disks
    .sort((first, second) => (first.order < second.order ? -1 : 1))
    .map(({ file, controller }) => ({ file, controller }));
}

export interface VmxAdapter {
  readonly model: string | null;
  readonly network: string | null;
  readonly macAddress: string | null;
}

/** The network adapters, by their numbers. */
export function vmxAdapters(values: VmxValues): VmxAdapter[] {
  const numbers = [...values.keys()].flatMap((name) => /^ethernet(\d{1,2})\.present$/.exec(name)?.[1] ?? []);
  return numbers
    .sort((first, second) => Number(first) - Number(second))
    .filter((number) => isTrue(values, `ethernet${number}.present`, false))
    .map((number) => ({
      model: values.get(`ethernet${number}.virtualdev`) ?? null,
      network: values.get(`ethernet${number}.connectiontype`) ?? null,
      macAddress: values.get(`ethernet${number}.address`)?.toLowerCase() || null,
    }));
}

function isTrue(values: VmxValues, name: string, otherwise: boolean): boolean {
  const value = values.get(name);
  return value === undefined ? otherwise : /^(true|yes|y|1)$/i.test(value);
}

/** A whole number above zero; null for anything else. */
export function vmxNumber(values: VmxValues, name: string): number | null {
  const text = values.get(name) ?? '';
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}
