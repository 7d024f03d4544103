// What clouds say of their metadata: asked once, kept for a while, and never in the way.
import { expect, it } from 'vitest';
import type { MetadataField } from '#shared/domain/preparation.ts';
import { Failure } from '#shared/failure.ts';
import { MetadataDefinitions } from '../../../electron/services/metadata-definitions.ts';

const field: MetadataField = { name: 'hw_theirs', title: 'Theirs', help: '', type: 'text' };

function definitions(answer: () => Promise<readonly MetadataField[]>) {
  const state = { asked: 0, now: 0 };
  const book = {
    definitions: () => {
      state.asked++;
      return answer();
    },
  };
  return {
    state,
    known: new MetadataDefinitions(
      () => Promise.resolve(book),
      () => state.now,
    ),
  };
}

it('joins what the cloud says with what is known, and asks once in five minutes', async () => {
  const { state, known } = definitions(() => Promise.resolve([field]));
  const first = await known.of('openstack', 'lab');
  expect(first.live).toEqual({ account: 'lab', problem: null });
  expect(first.fields!.map(({ name }) => name)).toEqual(expect.arrayContaining(['os_type', 'hw_theirs']));
  await known.of('openstack', 'lab');
  expect(state.asked).toBe(1);
  state.now = 301_000;
  await known.of('openstack', 'lab');
  expect(state.asked).toBe(2);
  expect(await known.of('openstack', undefined)).toEqual({});
});

it('goes on with what is known where the cloud does not answer, and says why', async () => {
  const { state, known } = definitions(() =>
    Promise.reject(new Failure('cloud.unreachable', { address: 'cloud.example', reason: 'ECONNREFUSED' })),
  );
  const answer = await known.of('openstack', 'lab');
  expect(answer.fields).toBeUndefined();
  expect(answer.live!.problem).toContain('cloud.example');
  await known.of('openstack', 'lab');
  expect(state.asked).toBe(1);
  state.now = 21_000;
  await known.of('openstack', 'lab');
  expect(state.asked).toBe(2);
});
