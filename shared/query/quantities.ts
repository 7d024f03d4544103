/** Ages and stars as messages: what a condition on them asks for. */
import { inEnglish, type Phrase } from '../in-english.ts';
import type { Age, AgeUnit, Operator } from './syntax.ts';

const longerAgo: { readonly [Unit in AgeUnit]: string } = {
  h: inEnglish('more than {count, plural, one {# hour} other {# hours}} ago'),
  d: inEnglish('more than {count, plural, one {# day} other {# days}} ago'),
  w: inEnglish('more than {count, plural, one {# week} other {# weeks}} ago'),
  m: inEnglish('more than {count, plural, one {# month} other {# months}} ago'),
  y: inEnglish('more than {count, plural, one {# year} other {# years}} ago'),
};

const lately: { readonly [Unit in AgeUnit]: string } = {
  h: inEnglish('in the last {count, plural, one {hour} other {# hours}}'),
  d: inEnglish('in the last {count, plural, one {day} other {# days}}'),
  w: inEnglish('in the last {count, plural, one {week} other {# weeks}}'),
  m: inEnglish('in the last {count, plural, one {month} other {# months}}'),
  y: inEnglish('in the last {count, plural, one {year} other {# years}}'),
};

/** `in the last 7 days`, `more than 1 year ago`: an age by itself is one that is not reached yet. */
export function age(operator: Operator, { count, unit }: Age): Phrase {
  return { english: (operator.startsWith('>') ? longerAgo : lately)[unit], values: { count } };
}

/** `4 stars`. */
export function stars(count: number): Phrase {
  return inEnglish('{count, plural, one {# star} other {# stars}}', { count });
}
