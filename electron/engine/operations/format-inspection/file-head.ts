/** The pieces of a file that the inspector asks for: what the file ends before is cut off, never refused. */
import { readBytes, type ByteSource } from '../../bytes/source.ts';

/** Up to `lengthBytes` at `fileOffset`; fewer where the file ends. */
export function piece(file: ByteSource, fileOffset: number, lengthBytes: number): Uint8Array {
  const start = Math.min(fileOffset, file.sizeBytes);
  return readBytes(file, start, Math.min(lengthBytes, file.sizeBytes - start));
}

export function startsWith(bytes: Uint8Array, mark: string): boolean {
  return latin1(bytes.subarray(0, mark.length)) === mark;
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
