/** What Azure's SDK throws, as failures that say what is wrong. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';

/** What the SDK's errors have (RestError of @azure/core-rest-pipeline), as far as it is looked at. */
interface ServiceError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly cause?: unknown;
  readonly details?: { readonly errorCode?: unknown };
}

/** Answers that say who one is is not proved (Azure Storage, common error codes; read 2026-11). */
const unproved: readonly string[] = [
  'AuthenticationFailed',
  'InvalidAuthenticationInfo',
  'NoAuthenticationInformation',
];

/** OpenSSL's and Node's words for a certificate that proves nothing. */
const distrust = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|INVALID_CA|HOSTNAME_MISMATCH)/;

/** The service's own word for what is wrong; null where it has none. */
export function errorCodeOf(error: unknown): string | null {
  const { code, details } = error as ServiceError;
  const word = details?.errorCode ?? code;
  return typeof word === 'string' ? word : null;
}

export function statusOf(error: unknown): number | null {
  const { statusCode } = error as ServiceError;
  return typeof statusCode === 'number' ? statusCode : null;
}

/** `action`: what was to be done, after "could not"; `address`: where. */
export function refusal(action: Message, address: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { name } = error as ServiceError;
  const status = statusOf(error);
  const problem = problemIn(error);
  if (name === 'CredentialUnavailableError' || name === 'AggregateAuthenticationError') {
    return new Failure(
      'cloud.unauthorised',
      { address, problem: inEnglish('nobody is signed in here: {problem}', { problem: asValue(problem) }) },
      error,
    );
  }
  if (name === 'AuthenticationError') return new Failure('cloud.unauthorised', { address, problem }, error);
  if (status === null) return connectionFailure(address, error);
  const code = errorCodeOf(error) ?? '';
  if (status === 401 || unproved.includes(code) || /failed to authenticate/i.test(problem)) {
    return new Failure('cloud.unauthorised', { address, problem }, error);
  }
  if (status === 403) return new Failure('cloud.forbidden', { action, problem }, error);
  return new Failure('cloud.refused', { action, status, problem: withCode(problem, code) }, error);
}

function connectionFailure(address: string, error: unknown): Failure {
  const reason = reasonOf(error);
  const code = distrust.test(reason) ? 'cloud.untrusted' : 'cloud.unreachable';
  return new Failure(code, { address, reason }, error);
}

/** The system's word lies at the bottom of what was wrapped. */
function reasonOf(error: unknown): string {
  let reason: string | null = null;
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as ServiceError;
    if (typeof code === 'string' && code !== 'REQUEST_SEND_ERROR') reason = code;
  }
  return reason ?? problemIn(error);
}

const longestProblem = 300;

/** The first sentence of the message: the rest has request ids, times, and the header that was sent. */
function problemIn(error: unknown): string {
  const { message } = error as ServiceError;
  const first = String(message ?? error)
    .split(/\r?\n/)[0]!
    .trim();
  return first.length > longestProblem ? `${first.slice(0, longestProblem)}…` : first;
}

function withCode(problem: string, code: string): string {
  return code === '' || problem.includes(code) ? problem : `${problem} (${code})`;
}

/** What may be better the next time. */
export function isPassing(failure: Failure): boolean {
  if (failure.code === 'cloud.unreachable') return true;
  if (failure.code !== 'cloud.refused') return false;
  const { status } = (failure as Failure<'cloud.refused'>).details;
  return status >= 500 || status === 408 || status === 429;
}
