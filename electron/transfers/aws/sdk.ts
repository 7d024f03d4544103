/** What all of AWS's clients are made with here: who one is, the region, the network; and their failures as ours. */
import { readFileSync } from 'node:fs';
import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { connectionFailure, type HttpTrust } from '../http.ts';

/** Who asks. `usual`: whoever AWS's own tools would be: environment, profile, single sign-on, the machine's role. */
export interface AwsIdentity {
  readonly credentials: 'keys' | 'usual';
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of ~/.aws/config; the usual one when empty. */
  readonly profile: string;
}

export interface AwsConnection extends AwsIdentity, HttpTrust {
  /** What AWS's own tools would take when empty. */
  readonly region: string;
  /** Another service than Amazon's, or another door to it; null for the region's own. */
  readonly endpoint: string | null;
}

/** Requests under way at once; each has a connection. */
export const lanes = 4;
const connectMilliseconds = 15_000;
/** Neither a byte nor a word for so long: the connection counts as broken. */
const silenceMilliseconds = 120_000;

/**
 * The configuration of a client. It never tries again by itself: what broke off is told, counted and slept upon by who sends.
 * @throws Failure `io.*` when the file of authorities cannot be read.
 */
export async function clientConfiguration(connection: AwsConnection) {
  const { region, endpoint, profile } = connection;
  return {
    ...(region === '' ? {} : { region }),
    ...(endpoint === null ? {} : { endpoint }),
    ...(profile === '' || connection.credentials === 'keys' ? {} : { profile }),
    credentials: await credentialsOf(connection),
    maxAttempts: 1,
    requestHandler: {
      httpAgent: new PlainAgent({ keepAlive: true, maxSockets: 4 * lanes }),
      httpsAgent: secureAgent(connection),
      connectionTimeout: connectMilliseconds,
      socketTimeout: silenceMilliseconds,
      throwOnRequestTimeout: true,
    },
  };
}

async function credentialsOf(identity: AwsIdentity) {
  const { accessKeyId, secretAccessKey, profile } = identity;
  if (identity.credentials === 'keys') return { accessKeyId, secretAccessKey };
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  return fromNodeProviderChain(profile === '' ? {} : { profile });
}

function secureAgent({ caFile, insecure }: HttpTrust): SecureAgent {
  return new SecureAgent({
    keepAlive: true,
    maxSockets: 4 * lanes,
    rejectUnauthorized: !insecure,
    ...(caFile === null ? {} : { ca: [...rootCertificates, readAuthorities(caFile)] }),
  });
}

function readAuthorities(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw systemFailure(error, path);
  }
}

const unknownPerson =
  /^(InvalidAccessKeyId|SignatureDoesNotMatch|Expired.*Token.*|ExpiredToken|InvalidToken|TokenRefreshRequired|AuthFailure|UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|IncompleteSignature|MissingAuthenticationToken.*|RequestTimeTooSkewed|OptInRequired)$/;
const notAllowed = /^(AccessDenied.*|UnauthorizedOperation|Forbidden|AllAccessDisabled)$/;
const overQuota = /^(.*Quota.*|.*LimitExceeded.*|TooManyBuckets)$/;
/** The same will do later. */
const throttled =
  /^(SlowDown.*|Throttl.*|RequestThrottled.*|RequestLimitExceeded|TooManyRequests.*|EC2ThrottledException|RequestTimeout|InternalError|ServiceUnavailable)$/;

interface SdkError {
  readonly name?: string;
  readonly Code?: unknown;
  readonly message?: string;
  readonly Reason?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * The failure for what a client threw. `action`: what was to be done, after "could not"; `address`: who was asked, for people.
 */
export function awsFailure(error: unknown, action: Message, address: string): Failure {
  if (error instanceof Failure) return error;
  const { name = '', Code, message = '', Reason, $metadata } = error as SdkError;
  const code = typeof Code === 'string' ? Code : name;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) {
    // The chain of credentials ends in an error of its own; all else without an answer is the network's.
    if (/Credential|TokenProvider/.test(name)) {
      return new Failure(
        'cloud.unauthorised',
        { address, problem: inEnglish('no credentials: {message}', { message }) },
        error,
      );
    }
    if (/Region is missing/.test(message)) {
      return new Failure('input.invalid', { problem: inEnglish('the account names no region') }, error);
    }
    return connectionFailure(error, address);
  }
  const reason = typeof Reason === 'string' ? ` (${Reason})` : '';
  const said = message === '' || message === 'UnknownError' ? code : message;
  const problem =
    said === '' ? inEnglish('it gives no reason (HTTP {status})', { status }) : `${said}${reason}`;
  const passes = throttled.test(code) && status < 500;
  if (unknownPerson.test(code)) return new Failure('cloud.unauthorised', { address, problem }, error);
  if (passes) return new Failure('cloud.refused', { action, status: 429, problem }, error);
  if (overQuota.test(code)) return new Failure('cloud.quota', { problem }, error);
  if (notAllowed.test(code) || status === 403) {
    return new Failure('cloud.forbidden', { action, problem }, error);
  }
  return new Failure('cloud.refused', { action, status, problem }, error);
}

/** The service's own word for what it refused: NoSuchUpload, …; empty for none. */
export function awsCode(error: unknown): string {
  const { name = '', Code } = error as SdkError;
  return typeof Code === 'string' ? Code : name;
}
