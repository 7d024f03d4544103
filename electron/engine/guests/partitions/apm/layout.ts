/** The structures of an Apple partition map (Inside Macintosh: Devices, chapter 3), big endian. */
import { ascii, struct, u16be, u32be } from '../../../bytes/struct.ts';

export const driverMapSignature = 0x4552;
export const entrySignature = 0x504d;
export const blockSizes: readonly number[] = [512, 1024, 2048, 4096];
/** Block sizes count entries of one block each; no map has nearly as many. */
export const mostEntries = 1024;

export const driverMap = struct({ format: 'apm', name: 'driver descriptor map' }, 8, {
  signature: u16be(0),
  blockBytes: u16be(2),
  blockCount: u32be(4),
});

export const mapEntry = struct({ format: 'apm', name: 'partition map entry' }, 92, {
  signature: u16be(0),
  entryCount: u32be(4),
  startBlock: u32be(8),
  blockCount: u32be(12),
  name: ascii(16, 32),
  type: ascii(48, 32),
  status: u32be(88),
});

export const statusBootable = 0x8;

/** Both strings end at their first zero. */
export const trimmed = (text: string): string => text.split('\0', 1)[0]!;
