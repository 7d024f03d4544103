/** What OpenStack's services say when they refuse: JSON from Keystone, HTML from Glance, text from proxies. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';

const longestProblem = 300;

/** The reason in an answer's body. */
export function problemIn(body: string, status: number): Message {
  const said = fromJson(body) ?? fromHtml(body);
  const problem = said.replace(/\s+/g, ' ').trim();
  if (problem === '' || isBareMediaType(problem)) return withoutReason(status);
  return problem.length > longestProblem ? `${problem.slice(0, longestProblem)}…` : problem;
}

/** The words of WebOb for 415, which say nothing of the file. */
function isBareMediaType(problem: string): boolean {
  return /^The request media type\b.* is not supported by this server\.?$/i.test(problem);
}

/** Glance's inspection refuses by its status alone, and tells the reason to its own log. */
function withoutReason(status: number): Message {
  return status === 415
    ? inEnglish(
        'its inspection found another format in it than the one declared, or content that it does not allow',
      )
    : inEnglish('it gives no reason (HTTP {status})', { status });
}

function fromJson(body: string): string | null {
  try {
    const parsed = JSON.parse(body) as { error?: { message?: unknown }; message?: unknown };
    const message = parsed.error?.message ?? parsed.message;
    return typeof message === 'string' ? message : null;
  } catch {
    return null;
  }
}

/** Glance answers with a page: its heading repeats the status. */
function fromHtml(body: string): string {
  return body
    .replace(/<head>.*?<\/head>|<h1>.*?<\/h1>/gs, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** The failure for an answer that is no success. `action`: what was to be done, after "could not". */
export function refusal(action: Message, status: number, body: string): Failure {
  const problem = problemIn(body, status);
  if (status === 413 || (typeof problem === 'string' && /quota/i.test(problem)))
    return new Failure('cloud.quota', { problem });
  if (status === 403) return new Failure('cloud.forbidden', { action, problem });
  return new Failure('cloud.refused', { action, status, problem });
}
