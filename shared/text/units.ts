/** Words for quantities: sizes in IEC units, speeds, durations, dates, counts. Used by the window and the command line. */

import { formatNumber, language } from '../language.ts';
import { t } from './words.ts';

const sizeUnits = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** A whole number with its thousands apart: 1,610,612,736. */
function grouped(count: number): string {
  return formatNumber(Math.round(count));
}

/** Three significant digits at most, without trailing zeros: 1.5, 12.3, 640. */
function threeDigits(value: number): string {
  const decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return formatNumber(Number(value.toFixed(decimals)));
}

/** A size for people: `1.5 GiB`, `640 MiB`, `512 bytes`. Never rounds up to 1024 of a unit. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return formatExactBytes(bytes);
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1023.5 && unit < sizeUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${threeDigits(value)} ${sizeUnits[unit]!}`;
}

/** The same size to the byte: `1,610,612,736 bytes`. */
export function formatExactBytes(bytes: number): string {
  return t('{count, plural, one {# byte} other {# bytes}}', { count: Math.round(bytes) });
}

/** Both: `1.5 GiB (1,610,612,736 bytes)`; below one KiB the two are the same and are said once. */
export function formatSize(bytes: number): string {
  return bytes < 1024 ? formatExactBytes(bytes) : `${formatBytes(bytes)} (${formatExactBytes(bytes)})`;
}

/** `310 MiB/s`. */
export function formatSpeed(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** `1.2 of 4 GiB` where both are of one unit, else `640 MiB of 4 GiB`. */
export function formatBytesOf(doneBytes: number, totalBytes: number): string {
  const [done, total] = [formatBytes(doneBytes), formatBytes(totalBytes)];
  const unit = done.slice(done.lastIndexOf(' '));
  return t('{done} of {total}', { done: total.endsWith(unit) ? done.slice(0, -unit.length) : done, total });
}

/** `1 disk`, `1,200 disks`; `many` for plurals that do not end in s. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A share of a whole in whole per cents; 100 only when it is all of it. A whole of nothing is done. */
export function percentOf(done: number, total: number): number {
  if (total <= 0) return 100;
  if (done >= total) return 100;
  return Math.max(0, Math.min(99, Math.floor((done / total) * 100)));
}

/** A length of time: `less than 1 s`, `42 s`, `3 min 5 s`, `1 h 20 min`, `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return t('less than 1 s');
  const whole = Math.round(seconds);
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor((whole % 86_400) / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (days > 0) return join(`${days} d`, hours, 'h');
  if (hours > 0) return join(`${hours} h`, minutes, 'min');
  if (minutes > 0) return join(`${minutes} min`, whole % 60, 's');
  return `${whole} s`;
}

function join(first: string, second: number, unit: string): string {
  return second === 0 ? first : `${first} ${second} ${unit}`;
}

const dateShapes = {
  day: { day: 'numeric', month: 'short', year: 'numeric' },
  clock: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  month: { month: 'long', year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** Making one takes a hundred times as long as using it, and a list has two dates in every row. */
const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** In the reader's time zone unless one is given. */
function dateFormat(shape: keyof typeof dateShapes, timeZone?: string): Intl.DateTimeFormat {
  // Days before months, in English too.
  const spoken = language() === 'en' ? 'en-GB' : language();
  // The reader may travel while the program runs.
  const key = `${shape} ${spoken} ${timeZone ?? new Date().getTimezoneOffset()}`;
  let format = dateFormats.get(key);
  if (format === undefined) {
    const zone = timeZone === undefined ? {} : { timeZone };
    format = new Intl.DateTimeFormat(spoken, { ...dateShapes[shape], ...zone });
    dateFormats.set(key, format);
  }
  return format;
}

/** An ISO 8601 time as `22 Nov 2025, 20:01`; in the reader's time zone unless one is given. */
export function formatDate(iso: string, timeZone?: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  // Two formats, since the word between day and time differs between versions of the Unicode data.
  return `${dayOf(time, timeZone)}, ${dateFormat('clock', timeZone).format(time)}`;
}

function dayOf(time: Date, timeZone?: string): string {
  return dateFormat('day', timeZone).format(time);
}

/** An ISO 8601 day as `22 Nov 2025`. */
export function formatDay(isoDay: string): string {
  const time = new Date(isoDay);
  return Number.isNaN(time.getTime()) ? isoDay : dayOf(time, 'UTC');
}

/** The month of an ISO 8601 date as `March 2026`. */
export function formatMonth(isoMonth: string): string {
  return dateFormat('month', 'UTC').format(new Date(isoMonth));
}

/** An ISO 8601 time as a person would say it at `now`: `just now`, `5 minutes ago`, `3 hours ago`, `yesterday`, else the day. */
export function formatWhen(iso: string, now: Date, timeZone?: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const seconds = (now.getTime() - time.getTime()) / 1000;
  if (seconds >= 0 && seconds < 60) return t('just now');
  if (seconds >= 0 && seconds < 3600) {
    return t('{count, plural, one {# minute} other {# minutes}} ago', { count: Math.floor(seconds / 60) });
  }
  if (seconds >= 0 && dayOf(time, timeZone) === dayOf(now, timeZone)) {
    return t('{count, plural, one {# hour} other {# hours}} ago', { count: Math.floor(seconds / 3600) });
  }
  const yesterday = new Date(now.getTime() - 86_400_000);
  if (dayOf(time, timeZone) === dayOf(yesterday, timeZone)) return t('yesterday');
  return dayOf(time, timeZone);
}
