/** Checksum files and signatures beside images: which files they speak of, and what they say. */
import { basename, dirname, join } from 'node:path';
import type { FoundSum } from '#shared/domain/parts.ts';
import { nameRefusal } from '../archives/member-name.ts';
import type { ByteSource } from '../bytes/source.ts';
import { parseManifest } from '../packages/manifest.ts';

/** `SHA256SUMS`, `disk.img.sha256`, `Fedora-40-CHECKSUM`, `md5sum.txt`. */
const sumName = /(?:^|[-_.])(?:(?:sha-?(?:1|224|256|384|512)|md5)(?:sums?)?|checksums?)(?:\.txt)?$/i;
const signatureName = /^(.+)\.(?:asc|sig|sign|gpg)$/i;
/** A release lists some hundred files. */
const largestBytes = 1 << 20;
const mostSums = 5000;

/** What the file says of others; nothing where it is neither checksums nor a signature. Names decide what is read at all. */
export function sumsIn(file: ByteSource): readonly FoundSum[] {
  const name = basename(file.path);
  if (file.sizeBytes > largestBytes || !file.seekable) return [];
  if (sumName.test(name)) return checksumsIn(file, name);
  const [, signed] = signatureName.exec(name) ?? [];
  if (signed === undefined || !isSignature(bytesOf(file))) return [];
  return [{ target: join(dirname(file.path), signed), algorithm: 'openpgp', expected: null }];
}

function checksumsIn(file: ByteSource, name: string): FoundSum[] {
  const text = bytesOf(file).toString('utf8');
  const folder = dirname(file.path);
  // A digest by itself is that of the file that the checksum's name goes on from.
  const lone = /^\s*([0-9a-f]{32,128})\s*$/i.exec(text)?.[1];
  const listed = lone === undefined ? text : `${lone}  ${name.replace(sumName, '')}\n`;
  const found = new Map<string, FoundSum>();
  for (const { file: named, hash, expected } of parseManifest(listed, name).entries) {
    if (hash === null || nameRefusal(named) !== null || found.size >= mostSums) continue;
    const target = join(folder, named);
    if (!found.has(`${hash} ${target}`))
      found.set(`${hash} ${target}`, { target, algorithm: hash, expected });
  }
  return [...found.values()];
}

/** OpenPGP signatures, armoured or not (RFC 9580, sections 4.2 and 6.2): the first packet has the tag 2. */
function isSignature(bytes: Buffer): boolean {
  if (/^\s*-----BEGIN PGP SIGNATURE-----/.test(bytes.toString('latin1', 0, 256))) return true;
  const first = bytes[0] ?? 0;
  return (first & 0xfc) === 0x88 || first === 0xc2;
}

function bytesOf(file: ByteSource): Buffer {
  const bytes = Buffer.alloc(file.sizeBytes);
  file.read(0, bytes);
  return bytes;
}
