/** Where qemu-img reads otherwise than the specification says: what such a difference may look like, and no more. */

const sectorBytes = 512;

/**
 * Null when every difference between our raw disk and qemu-img's is one that is known; else the first that is not.
 * `image` is the file that both read.
 */
export function unexplained(format: string, image: Uint8Array, ours: Buffer, theirs: Buffer): string | null {
  // A size within a sector: qemu-img rounds it, up or down; we keep it.
  const length = Math.min(ours.length, theirs.length);
  if (Math.abs(ours.length - theirs.length) >= sectorBytes)
    return `sizes ${ours.length} and ${theirs.length}`;
  if (format === 'vdi' && hasBlockExtraData(image)) return null;
  if (format === 'vmdk' && hasNoGrainDirectory(image)) return null;
  for (let at = 0; at < length; at += sectorBytes) {
    const end = Math.min(at + sectorBytes, length);
    if (ours.compare(theirs, at, end, at, end) === 0) continue;
    // The sector bitmap of a dynamic VHD says which sectors were written (VHD 1.0, "Data Block"); qemu-img ignores it.
    if (format === 'vhd' && ours.subarray(at, end).every((byte) => byte === 0)) continue;
    return `virtual offset ${at}`;
  }
  return null;
}

/** VMDK: a grain directory that the header places past the end; qemu-img reads it as zeros, we read the redundant one. */
function hasNoGrainDirectory(image: Uint8Array): boolean {
  const sector = new DataView(image.buffer, image.byteOffset).getBigUint64(56, true);
  return sector * BigInt(sectorBytes) >= BigInt(image.length);
}

/** VDI: bytes before the data of each block (cbBlockExtra), which qemu-img takes for data. */
function hasBlockExtraData(image: Uint8Array): boolean {
  return new DataView(image.buffer, image.byteOffset).getUint32(380, true) !== 0;
}
