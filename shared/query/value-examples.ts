/** Sizes, ages and stars that are often meant, and how what was begun may go on: what a query's keys with numbers offer. */
import { inEnglish, type Message, type Phrase } from '../in-english.ts';
import type { QueryKey } from './keys.ts';
import { age, stars } from './quantities.ts';
import type { AgeUnit } from './syntax.ts';

export interface Example {
  readonly value: string;
  readonly meaning: Message;
}

/** How the value of a key that is compared may go on; none for keys that take words. */
export function examplesOf({ takes }: QueryKey, typed: string): readonly Example[] {
  switch (takes) {
    case 'bytes':
      return bytesLike(typed);
    case 'time':
      return timesLike(typed);
    case 'number':
      return numbersLike(typed);
    default:
      return [];
  }
}

/** What an operator asks of a value. */
const operatorWords = {
  '>': inEnglish('more than {value}'),
  '>=': inEnglish('at least {value}'),
  '<': inEnglish('less than {value}'),
  '<=': inEnglish('at most {value}'),
  '': inEnglish('exactly {value}'),
} as const;
type WrittenOperator = keyof typeof operatorWords;

function operatorIn(typed: string): { sign: WrittenOperator | '='; rest: string } {
  const [, sign = '', rest = ''] = /^(<=|>=|<|>|=)?(.*)$/s.exec(typed) ?? [];
  return { sign: sign as WrittenOperator | '=', rest };
}

function bound(operator: WrittenOperator, value: string | Phrase): Phrase {
  return { english: operatorWords[operator], values: { value } };
}

const unitWords = { M: 'MiB', G: 'GiB', T: 'TiB' } as const;

/** `>20` may go on with a unit; where nothing is typed yet, some sizes that are often meant. */
function bytesLike(typed: string): Example[] {
  const { sign, rest } = operatorIn(typed);
  const words = (value: string): Phrase => bound(sign === '=' ? '' : sign, value);
  if (/^\d+(\.\d+)?$/.test(rest)) {
    return (['G', 'M', 'T'] as const).map((unit) => ({
      value: `${sign}${rest}${unit}`,
      meaning: words(`${rest} ${unitWords[unit]}`),
    }));
  }
  if (rest !== '') return [];
  const signs: readonly WrittenOperator[] = sign === '' || sign === '=' ? ['>', '<'] : [sign];
  return signs.flatMap((one) =>
    (['1G', '10G', '100G'] as const).map((size) => ({
      value: `${one}${size}`,
      meaning: bound(one, `${size.slice(0, -1)} GiB`),
    })),
  );
}

/** An age that goes on with a unit, or some that are often meant. */
function timesLike(typed: string): Example[] {
  const { sign, rest } = operatorIn(typed);
  const words = (count: string, unit: AgeUnit): Phrase =>
    age(sign === '' ? '=' : sign, { count: Number(count), unit });
  if (/^\d{1,3}$/.test(rest)) {
    return (['d', 'w', 'm', 'y'] as const).map((unit) => ({
      value: `${sign}${rest}${unit}`,
      meaning: words(rest, unit),
    }));
  }
  if (rest !== '') return [];
  const begun = sign === '' || sign === '=' ? '<' : sign;
  const some: readonly [string, AgeUnit][] = [
    ['1', 'd'],
    ['7', 'd'],
    ['1', 'm'],
    ['1', 'y'],
  ];
  const near = some.map(([count, unit]) => ({
    value: `${begun}${count}${unit}`,
    meaning: words(count, unit),
  }));
  return sign === '' ? [...near, { value: '>1y', meaning: age('>', { count: 1, unit: 'y' }) }] : near;
}

/** Stars. */
function numbersLike(typed: string): Example[] {
  const { sign, rest } = operatorIn(typed);
  if (rest !== '') return [];
  if (sign !== '') {
    return [5, 4, 3, 2, 1].map((count) => ({
      value: `${sign}${count}`,
      meaning: bound(sign === '=' ? '' : sign, stars(count)),
    }));
  }
  return [
    { value: '5', meaning: bound('', stars(5)) },
    ...[4, 3, 2, 1].map((count) => ({ value: `>=${count}`, meaning: bound('>=', stars(count)) })),
  ];
}
