/** Every description of a machine that Platter reads, and which one a file is. */
import type { ByteSource } from '../bytes/source.ts';
import { binaryPlistMark } from './binary-plist.ts';
import { libvirt } from './libvirt.ts';
import type { MachineDriver } from './machine.ts';
import { utm } from './utm.ts';
import { virtualBox } from './virtualbox.ts';
import { vmx } from './vmx.ts';

export const machineDrivers = [vmx, virtualBox, libvirt, utm] as const satisfies readonly MachineDriver[];

/** Descriptions of machines are small; what marks them stands at their beginning. */
const largestBytes = 4 << 20;
const probedBytes = 16 << 10;

/** The driver for the machine that the file describes; null when it describes none. */
export function probeMachine(file: ByteSource): MachineDriver | null {
  if (!file.seekable || file.sizeBytes > largestBytes) return null;
  const bytes = Buffer.alloc(Math.min(probedBytes, file.sizeBytes));
  file.read(0, bytes);
  const start = bytes.toString('latin1');
  // Text, which begins with a letter, a comment or a tag; or a binary property list.
  const isText = !bytes.includes(0) && /^(?:\xef\xbb\xbf)?\s*[<#.a-z]/i.test(start.slice(0, 64));
  if (!isText && !start.startsWith(binaryPlistMark)) return null;
  return machineDrivers.find((driver: MachineDriver) => driver.probe(start, file)) ?? null;
}
