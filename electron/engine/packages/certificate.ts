/** OVF certificates (DSP0243 2.1, section 6.3): a signature of the manifest, and the X.509 certificate that it is made with. */
import { verify, X509Certificate } from 'node:crypto';
import type { Warning } from '#shared/domain/image.ts';
import type { CertificateInfo } from '#shared/domain/package.ts';
import { inEnglish } from '#shared/in-english.ts';
import { hashName } from './manifest.ts';

export const certificateLimitBytes = 1 << 20;
/** A signature of 16,384 bits takes half of that. */
const longestLine = 8192;

/** The first line: `SHA1(package.mf)= ` and the signature in hexadecimal. */
export interface SignatureLine {
  readonly file: string;
  readonly algorithm: string;
  readonly signature: Uint8Array;
}

/** What a certificate file says, and what is wrong with it. */
export interface CertificateReading {
  readonly info: CertificateInfo;
  readonly warnings: readonly Warning[];
}

/** The signature line, which is the first that is not empty; null when that is something else. */
export function parseSignatureLine(text: string): SignatureLine | null {
  const line = text
    .slice(0, longestLine)
    .trimStart()
    .split(/[\r\n]/, 1)[0]!;
  const match = /^([a-z][a-z0-9/-]*) *\((.+)\) *= *((?:[0-9a-f]{2})+)$/i.exec(line.trimEnd());
  if (match === null) return null;
  const [, algorithm, file, hex] = match as unknown as [string, string, string, string];
  return { file: file.trim(), algorithm, signature: Buffer.from(hex, 'hex') };
}

function pemOf(text: string): string | null {
  const [begin, end] = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----'];
  const from = text.indexOf(begin);
  const to = from === -1 ? -1 : text.indexOf(end, from);
  return to === -1 ? null : text.slice(from, to + end.length);
}

/**
 * Reads the certificate file `file` and holds its signature against the manifest (as it lies in the package; null
 * without one). Whether the signer is to be trusted is not judged here.
 */
export function readCertificate(file: string, text: string, manifest: Uint8Array | null): CertificateReading {
  const nameless = { file, subject: null, issuer: null, validTo: null };
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pemOf(text) ?? text);
  } catch {
    const message = inEnglish('{file} holds no certificate that can be read.', { file });
    return { info: nameless, warnings: [{ code: 'package.certificate', message }] };
  }
  const { subject, issuer, validTo } = certificate;
  const problem = signatureProblem(parseSignatureLine(text), certificate, manifest);
  return {
    info: { file, subject: oneLine(subject), issuer: oneLine(issuer), validTo: isoDate(validTo) },
    warnings: problem === null ? [] : [{ code: 'package.certificate', message: problem }],
  };
}

function signatureProblem(
  line: SignatureLine | null,
  certificate: X509Certificate,
  manifest: Uint8Array | null,
): string | null {
  if (line === null) return 'The certificate comes with no signature of the manifest.';
  if (manifest === null) return 'The package is signed, but has no manifest that could be.';
  const hash = hashName(line.algorithm);
  if (hash === null) return `The manifest is signed with ${line.algorithm}, which Platter does not know.`;
  try {
    if (verify(hash, manifest, certificate.publicKey, line.signature)) return null;
  } catch {
    return 'The signature of the manifest could not be checked.';
  }
  return 'The signature does not belong to this manifest: one of them was changed.';
}

/** node:crypto gives one line for each part of a name. */
function oneLine(name: string | undefined): string | null {
  return name === undefined || name === '' ? null : name.split('\n').join(', ');
}

function isoDate(text: string): string | null {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
