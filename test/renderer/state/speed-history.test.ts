/** The speeds behind the plot: one a second, and no more than it shows. */
import { expect, it } from 'vitest';
import { SpeedHistory } from '../../../renderer/state/speed-history.svelte.ts';

it('keeps one value a second, the newest two minutes, and nothing of what is forgotten', () => {
  let now = 0;
  const history = new SpeedHistory(() => now);
  for (; now < 200_000; now += 250) history.note(1, now);
  history.note(1, null);
  expect(history.of(1)).toHaveLength(120);
  expect(history.of(1).slice(-2)).toEqual([198_000, 199_000]);
  expect(history.of(2)).toEqual([]);
  history.forget(1);
  expect(history.of(1)).toEqual([]);
});
