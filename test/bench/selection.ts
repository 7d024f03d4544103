/** What the benchmark is asked for on its command line: rows, sizes, pairs, workers. */
import { parseArgs } from 'node:util';

import { rows, type Row } from './rows.ts';

export interface Selection {
  readonly rows: readonly Row[];
  /** The disk's virtual size in GiB. */
  readonly gib: number;
  readonly pairs: number;
  /** Numbers of compute threads, each measured; null where Platter decides. */
  readonly workers: readonly (number | null)[];
  /** Whether Platter is measured with its output read back, too. */
  readonly verified: boolean;
  readonly folder: string | null;
  readonly json: string | null;
}

export const usage = `npm run bench -- [options]
  --only ROW      rows by id (vmdk→qcow2, or vmdk->qcow2), by pattern (qcow2*→raw) or by group; may be repeated.
                  Groups: ${[...new Set(rows.map(({ group }) => group))].join(', ')}
  --list          only says which rows there are
  --gib SIZE      virtual size of the disk in GiB (default 4); 40 % of it are this machine's files
  --pairs N       timed runs of each program, in turn (default 7)
  --workers LIST  such as 1,2,4: Platter with each number of compute threads (default: as many as it takes)
  --verified      Platter with its output read back, too
  --folder PATH   where inputs and outputs are written (default: the system's folder for temporary files)
  --json FILE     write all figures there, too`;

/** The selection that the words ask for; null for help, 'list' for the rows. @throws Error for what cannot be meant. */
export function parseSelection(words: readonly string[]): Selection | 'help' | 'list' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string', multiple: true },
      list: { type: 'boolean', default: false },
      gib: { type: 'string', default: '4' },
      pairs: { type: 'string', default: '7' },
      workers: { type: 'string' },
      verified: { type: 'boolean', default: false },
      folder: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.list) return 'list';
  return {
    rows: selectRows(values.only ?? []),
    gib: parseGib(values.gib),
    pairs: wholeNumber('--pairs', values.pairs),
    workers: values.workers?.split(',').map((word) => wholeNumber('--workers', word)) ?? [null],
    verified: values.verified,
    folder: values.folder ?? null,
    json: values.json ?? null,
  };
}

/** The rows that the names mean, in the order of the table; all of them for no names. @throws Error for a name that means none. */
export function selectRows(names: readonly string[]): readonly Row[] {
  if (names.length === 0) return rows;
  const wanted = new Set(names.flatMap(rowsNamed));
  return rows.filter((row) => wanted.has(row));
}

function rowsNamed(name: string): readonly Row[] {
  const spelled = name.replaceAll('->', '→');
  const pattern = new RegExp(`^${spelled.split('*').map(literal).join('.*')}$`);
  const found = rows.filter(({ id, group }) => pattern.test(id) || group === spelled);
  if (found.length > 0) return found;
  throw new Error(`no row ${name}; there are ${rows.map(({ id }) => id).join(', ')}`);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function parseGib(text: string): number {
  const gib = Number(text);
  if (!(gib >= 1 / 16 && gib <= 64)) throw new Error(`--gib is a number from 0.0625 to 64, not ${text}`);
  return gib;
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`${option} takes whole numbers from 1 on, not ${text}`);
  }
  return number;
}
