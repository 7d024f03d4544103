/** The headers of Linux kernel images (Documentation/arch/x86/boot.rst, arch/arm64/booting.rst, arch/riscv/boot-image-header.rst; ELF; EFI zboot). */
import { ascii, struct, u16be, u16le, u32be, u32le, u64le, u8 } from '../../bytes/struct.ts';

/** x86 boot protocol: the real-mode header, from the start of the file. Which fields count depends on `version`. */
export const setupHeader = struct({ format: 'bzimage', name: 'setup header' }, 0x268, {
  setupSects: u8(0x1f1),
  /** Of the protected-mode code, in 16-byte paragraphs. */
  syssize: u32le(0x1f4),
  bootFlag: u16le(0x1fe),
  header: ascii(0x202, 4),
  version: u16le(0x206),
  /** Where the version string is, less 0x200; 0 when there is none. */
  kernelVersion: u16le(0x20e),
  loadflags: u8(0x211),
  /** From 2.12 on. */
  xloadflags: u16le(0x236),
  /** From 2.08 on, from the start of the protected-mode code. */
  payloadOffset: u32le(0x248),
  payloadLength: u32le(0x24c),
});

/** arm64: the first 64 bytes of an Image. */
export const arm64Header = struct({ format: 'arm64-image', name: 'Image header' }, 64, {
  textOffset: u64le(8),
  imageSize: u64le(16),
  flags: u32le(24),
  magic: ascii(56, 4),
});

/** RISC-V: the same place, other magics. */
export const riscvHeader = struct({ format: 'riscv-image', name: 'Image header' }, 64, {
  imageSize: u64le(16),
  magic: ascii(48, 5),
  magic2: ascii(56, 4),
});

/** EFI zboot: a small decompressor with the kernel as its payload. */
export const zbootHeader = struct({ format: 'zboot', name: 'zboot header' }, 64, {
  dosMagic: ascii(0, 2),
  imageType: ascii(4, 4),
  payloadOffset: u32le(8),
  payloadSize: u32le(12),
  compressionType: ascii(24, 32),
  peMagic: u32be(56),
  peOffset: u32le(60),
});

/** What is the same in ELF headers of both classes; little-endian. */
export const elfHeader = struct({ format: 'vmlinux', name: 'ELF header' }, 64, {
  magic: ascii(0, 4),
  class: u8(4),
  data: u8(5),
  type: u16le(16),
  machine: u16le(18),
});

/** The same fields, big-endian. */
export const elfHeaderBigEndian = struct({ format: 'vmlinux', name: 'ELF header' }, 64, {
  type: u16be(16),
  machine: u16be(18),
});
