/** One compressed block of LZ4 (LZ4 Block Format Description). */

/**
 * Decodes `packed` into `output` from `start` on; what lies before `start` is history that matches may reach.
 * @returns the end of what was written, -1 when the block is damaged or does not fit.
 */
export function decodeLz4Block(packed: Uint8Array, output: Uint8Array, start: number): number {
  const packedEnd = packed.length;
  const limit = output.length;
  let from = 0;
  let to = start;
  while (from < packedEnd) {
    const token = packed[from++]!;
    let literalBytes = token >> 4;
    if (literalBytes === 15) {
      let more = 255;
      while (more === 255) {
        if (from >= packedEnd) return -1;
        more = packed[from++]!;
        literalBytes += more;
      }
    }
    if (from + literalBytes > packedEnd || to + literalBytes > limit) return -1;
    if (literalBytes > 32) output.set(packed.subarray(from, from + literalBytes), to);
    else for (let index = 0; index < literalBytes; index++) output[to + index] = packed[from + index]!;
    from += literalBytes;
    to += literalBytes;
    // The last sequence is literals only.
    if (from === packedEnd) return to;
    if (from + 2 > packedEnd) return -1;
    const distance = packed[from]! | (packed[from + 1]! << 8);
    from += 2;
    if (distance === 0 || distance > to) return -1;
    let matchBytes = (token & 15) + 4;
    if (matchBytes === 19) {
      let more = 255;
      while (more === 255) {
        if (from >= packedEnd) return -1;
        more = packed[from++]!;
        matchBytes += more;
      }
    }
    if (to + matchBytes > limit) return -1;
    const end = to + matchBytes;
    if (distance >= matchBytes && matchBytes > 32) output.copyWithin(to, to - distance, end - distance);
    else if (distance === 1) output.fill(output[to - 1]!, to, end);
    else for (let index = to; index < end; index++) output[index] = output[index - distance]!;
    to = end;
  }
  return -1;
}
