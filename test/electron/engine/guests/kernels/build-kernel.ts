/** Small kernel images for tests, byte by byte as the boot protocols say. */

export const x86Version =
  '6.1.0-13-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1';
export const arm64Banner =
  'Linux version 6.1.0-13-arm64 (debian-kernel@lists.debian.org) (gcc-12) #1 SMP Debian 6.1.55-1\n';

export interface BzImageParts {
  readonly version?: string;
  readonly protocol?: number;
  readonly xloadflags?: number;
  readonly loadflags?: number;
  readonly payload?: Uint8Array;
  readonly efi?: boolean;
}

/** A bzImage with one setup sector beside the boot sector. */
export function bzImage(parts: BzImageParts = {}): Buffer {
  const {
    version = x86Version,
    protocol = 0x20f,
    xloadflags = 1,
    loadflags = 1,
    payload,
    efi = true,
  } = parts;
  const codeAt = 3 * 512;
  const packed = payload ?? Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.alloc(2044)]);
  const code = Math.ceil((64 + packed.length) / 16) * 16;
  const image = Buffer.alloc(codeAt + code);
  if (efi) {
    image.write('MZ', 0, 'latin1');
    image.writeUInt32LE(0x80, 0x3c);
    image.write('PE\0\0', 0x80, 'latin1');
    image.writeUInt16LE(0x8664, 0x84);
  }
  image.writeUInt8(2, 0x1f1);
  image.writeUInt32LE(code / 16, 0x1f4);
  image.writeUInt16LE(0xaa55, 0x1fe);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(protocol, 0x206);
  image.writeUInt16LE(0x300 - 0x200 + 0x100, 0x20e);
  image.write(`${version}\0`, 0x400, 'latin1');
  image.writeUInt8(loadflags, 0x211);
  image.writeUInt16LE(xloadflags, 0x236);
  image.writeUInt32LE(64, 0x248);
  image.writeUInt32LE(packed.length, 0x24c);
  image.set(packed, codeAt + 64);
  return image;
}

/** An Image for arm64 with the banner at `bannerAt`. */
export function arm64Image(sizeBytes = 200_000, bannerAt = 150_000): Buffer {
  const image = Buffer.alloc(sizeBytes, 0x5a);
  image.writeUInt32LE(0x91005a4d, 0);
  image.writeBigUInt64LE(0n, 8);
  image.writeBigUInt64LE(BigInt(sizeBytes), 16);
  image.writeBigUInt64LE(2n, 24);
  image.fill(0, 32, 56);
  image.write('ARM\x64', 56, 'latin1');
  image.write(`${arm64Banner}\0`, bannerAt, 'latin1');
  return image;
}

/** An ELF executable for `machine`; with a banner it is a vmlinux. */
export function elf(machine: number, banner: string | null, bigEndian = false): Buffer {
  const file = Buffer.alloc(8192);
  file.write('\x7fELF', 0, 'latin1');
  file.set([2, bigEndian ? 2 : 1, 1], 4);
  if (bigEndian) {
    file.writeUInt16BE(2, 16);
    file.writeUInt16BE(machine, 18);
  } else {
    file.writeUInt16LE(2, 16);
    file.writeUInt16LE(machine, 18);
  }
  if (banner !== null) file.write(`${banner}\0`, 5000, 'latin1');
  return file;
}

/** An EFI zboot image around a payload. */
export function zboot(payload: Uint8Array, method: string): Buffer {
  const image = Buffer.alloc(0x200 + payload.length);
  image.write('MZ', 0, 'latin1');
  image.write('zimg', 4, 'latin1');
  image.writeUInt32LE(0x200, 8);
  image.writeUInt32LE(payload.length, 12);
  image.write(method, 24, 'latin1');
  image.writeUInt32LE(0x818223cd, 56);
  image.writeUInt32LE(0x40, 60);
  image.write('PE\0\0', 0x40, 'latin1');
  image.writeUInt16LE(0xaa64, 0x44);
  image.set(payload, 0x200);
  return image;
}
