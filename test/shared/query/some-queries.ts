/** Queries and entries as a generator makes them. */
import fc from 'fast-check';
import { queryKeys, type QueryKey } from '#shared/query/keys.ts';
import type { Query, Term } from '#shared/query/syntax.ts';

const operator = fc.constantFrom('<', '<=', '=', '>=', '>');
/** Few, so that they meet. */
const letters = fc.constantFrom('a', 'b', 'é', '1', '-', '.', '_');
const fragment = fc.string({ unit: letters, minLength: 1, maxLength: 4 });
const awkward = fc.string({ minLength: 1, maxLength: 6 });

const words: fc.Arbitrary<Term> = fc.oneof(
  fragment
    .filter((text) => !text.startsWith('-'))
    .map((text) => ({ kind: 'words' as const, text, exact: false })),
  fc.oneof(fragment, awkward).map((text) => ({ kind: 'words' as const, text, exact: true })),
);

function termOf(key: QueryKey): fc.Arbitrary<Term> {
  switch (key.takes) {
    case 'value':
    case 'text':
      return fc
        .uniqueArray(fc.oneof(fragment, awkward, fc.constantFrom('disk', 'raw', 'qcow2')), {
          minLength: 1,
          maxLength: 3,
        })
        .map((values) => ({ kind: 'choice', key: key.key, values }));
    case 'choice':
      return fc
        .subarray(
          key.choices.map(({ value }) => value),
          { minLength: 1 },
        )
        .map((values) => ({ kind: 'choice', key: key.key, values }));
    case 'number':
      return fc.record({
        kind: fc.constant('number' as const),
        key: fc.constant(key.key),
        operator,
        value: fc.nat(6),
      });
    case 'bytes':
      return fc.record({
        kind: fc.constant('number' as const),
        key: fc.constant(key.key),
        operator,
        value: fc.oneof(
          fc.nat(4000),
          fc.nat(8).map((count) => count << 20),
        ),
      });
    case 'time':
      return fc.record({
        kind: fc.constant('time' as const),
        key: fc.constant(key.key),
        operator,
        value: fc.oneof(
          fc.record({ count: fc.nat(400), unit: fc.constantFrom('h', 'd', 'w', 'm', 'y') }),
          fc.constantFrom('2025', '2025-03', '2025-03-14').map((date) => ({ date })),
        ),
      });
  }
}

export const someTerm: fc.Arbitrary<Term> = fc.oneof(words, ...queryKeys.map(termOf));

/** Queries without needless nesting: what the printer takes. */
export const someQuery: fc.Arbitrary<Query> = fc.letrec<{
  query: Query;
  inAll: Query;
  inAny: Query;
  inNot: Query;
}>((tie) => {
  const term = someTerm as fc.Arbitrary<Query>;
  const all = fc
    .oneof(fc.constant<Query[]>([]), fc.array(tie('inAll'), { minLength: 2, maxLength: 3 }))
    .map((parts): Query => ({ kind: 'all', parts }));
  const fullAll = fc
    .array(tie('inAll'), { minLength: 2, maxLength: 3 })
    .map((parts): Query => ({ kind: 'all', parts }));
  const any = fc
    .array(tie('inAny'), { minLength: 2, maxLength: 3 })
    .map((parts): Query => ({ kind: 'any', parts }));
  const not = tie('inNot').map((part): Query => ({ kind: 'not', part }));
  return {
    query: fc.oneof({ maxDepth: 4 }, term, all, any, not),
    inAll: fc.oneof({ maxDepth: 4 }, term, any, not),
    inAny: fc.oneof({ maxDepth: 4 }, term, fullAll, not),
    inNot: fc.oneof({ maxDepth: 4 }, term, fullAll, any, not),
  };
}).query;
