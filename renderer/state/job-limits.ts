/** What a person types as a job's limits, and what that means. */
import { unlimited, type JobLimits } from '#shared/domain/job.ts';
import { t } from '#shared/text/words.ts';

/** The fields as they stand: a speed in MiB a second and a number of threads, each empty for none. */
export interface LimitFields {
  readonly speed: string;
  readonly workers: string;
  readonly lowPriority: boolean;
}

const mebibyte = 2 ** 20;
const mostWorkers = 256;

export function fieldsOf({ bytesPerSecond, workers, lowPriority }: JobLimits): LimitFields {
  return {
    speed: bytesPerSecond === null ? '' : String(Math.round((bytesPerSecond / mebibyte) * 100) / 100),
    workers: workers === null ? '' : String(workers),
    lowPriority,
  };
}

/** What is wrong with a speed; null when nothing is. */
export function speedProblem(text: string): string | null {
  if (text.trim() === '') return null;
  const speed = Number(text.replace(',', '.'));
  return speed > 0 && speed <= 1_000_000 ? null : t('A number of MiB a second, or nothing for no limit.');
}

/** What is wrong with a number of threads; null when nothing is. */
export function workersProblem(text: string): string | null {
  if (text.trim() === '') return null;
  const workers = Number(text);
  const fits = Number.isInteger(workers) && workers >= 1 && workers <= mostWorkers;
  return fits
    ? null
    : t('A whole number from 1 to {mostWorkers}, or nothing for all cores.', { mostWorkers });
}

/** The limits that the fields say; null when something is wrong with them. */
export function limitsOf({ speed, workers, lowPriority }: LimitFields): JobLimits | null {
  if (speedProblem(speed) !== null || workersProblem(workers) !== null) return null;
  return {
    bytesPerSecond:
      speed.trim() === '' ? null : Math.max(1, Math.round(Number(speed.replace(',', '.')) * mebibyte)),
    workers: workers.trim() === '' ? null : Number(workers),
    lowPriority,
  };
}

/** `at most 50 MiB/s · 2 threads · low priority`; null when there is no limit. */
export function limitWords(limits: JobLimits): string | null {
  const { speed, workers, lowPriority } = fieldsOf(limits);
  const parts = [
    ...(speed === '' ? [] : [t('at most {speed} MiB/s', { speed })]),
    ...(workers === '' ? [] : [workers === '1' ? '1 thread' : t('{workers} threads', { workers })]),
    ...(lowPriority ? [t('low priority')] : []),
  ];
  return parts.length === 0 ? null : parts.join(' · ');
}

export function sameLimits(first: JobLimits, second: JobLimits): boolean {
  const names = Object.keys(unlimited) as (keyof JobLimits)[];
  return names.every((name) => first[name] === second[name]);
}
