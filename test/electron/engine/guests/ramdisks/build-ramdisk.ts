/** Small ramdisks for tests: cpio archives (newc) written field by field. */

export interface CpioEntry {
  readonly name: string;
  readonly data?: Uint8Array;
  readonly mode?: number;
}

const pad = (bytes: Buffer, unit: number): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((unit - (bytes.length % unit)) % unit)]);

/** One archive with its trailer. */
export function cpio(entries: readonly CpioEntry[], magic = '070701'): Buffer {
  const all = [...entries, { name: 'TRAILER!!!', mode: 0 }];
  return Buffer.concat(
    all.map(({ name, data = Buffer.alloc(0), mode = 0o100644 }: CpioEntry, index) => {
      const fields = [index + 1, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, Buffer.byteLength(name) + 1, 0];
      const header =
        magic + fields.map((field) => field.toString(16).toUpperCase().padStart(8, '0')).join('');
      return Buffer.concat([pad(Buffer.from(`${header}${name}\0`), 4), pad(Buffer.from(data), 4)]);
    }),
  );
}

export const folderMode = 0o040755;

/** The modules of a kernel and one program. */
export function mainArchive(version: string, program: Uint8Array): Buffer {
  return cpio([
    { name: '.', mode: folderMode },
    { name: 'usr', mode: folderMode },
    { name: 'init', data: Buffer.from('#!/bin/sh\n'), mode: 0o100755 },
    { name: 'usr/bin/busybox', data: program, mode: 0o100755 },
    { name: 'usr/lib/modules', mode: folderMode },
    { name: `usr/lib/modules/${version}`, mode: folderMode },
    { name: `usr/lib/modules/${version}/modules.dep`, data: Buffer.from('x'.repeat(100)) },
  ]);
}

/** What the kernel reads before it unpacks anything. */
export function earlyArchive(): Buffer {
  return cpio([
    { name: 'kernel/x86/microcode', mode: folderMode },
    { name: 'kernel/x86/microcode/GenuineIntel.bin', data: Buffer.alloc(3000, 7) },
  ]);
}
