// The shared slots: a chunk is made by one thread, moved by one, and what nobody began with is taken back.
import { describe, expect, it } from 'vitest';
import { Slots, slotState } from '#engine/pipeline/slots.ts';

const geometry = { slotCount: 3, unitCount: 16, resultBytes: 1024 };

function twoSides(): { ordered: Slots; computer: Slots } {
  const ordered = new Slots(geometry);
  return { ordered, computer: new Slots(geometry, ordered.memory) };
}

describe('slots', () => {
  it('are seen alike from both sides', () => {
    const { ordered, computer } = twoSides();
    ordered.slots[1]!.result[1023] = 7;
    ordered.slots[1]!.moves[3] = 99;
    expect(computer.slots[1]!.result[1023]).toBe(7);
    expect(computer.slots[1]!.moves[3]).toBe(99);
    expect(computer.slots[0]!.result[1023]).toBe(0);
  });

  it('are claimed by one side only, the first of the disk first', () => {
    const { ordered, computer } = twoSides();
    ordered.assign(ordered.slots[0]!, 2048, 1024);
    ordered.assign(ordered.slots[2]!, 1024, 1024);
    const slot = computer.claim(true)!;
    expect(slot.index).toBe(2);
    expect(ordered.claimOne(ordered.slots[2]!)).toBe(false);
    computer.complete(slot, slotState.done, 5);
    expect(ordered.state(ordered.slots[2]!)).toBe(slotState.done);
    expect(ordered.resultLength(ordered.slots[2]!)).toBe(5);
  });

  it('that are placed are moved before others are made, by who moves at all', () => {
    const { ordered, computer } = twoSides();
    ordered.assign(ordered.slots[0]!, 0, 1024);
    ordered.assign(ordered.slots[1]!, 4096, 1024);
    ordered.place(ordered.slots[1]!, 3);
    expect(computer.claim(false)!.index).toBe(0);
    const slot = computer.claim(true)!;
    expect([slot.index, computer.state(slot), computer.moveCount(slot)]).toEqual([1, slotState.moving, 3]);
    const seen = ordered.changes;
    computer.completeMoves(slot, false);
    expect(ordered.changes).not.toBe(seen);
    expect(ordered.state(ordered.slots[1]!)).toBe(slotState.unmoved);
  });

  it('are taken back unless somebody has begun to move them', () => {
    const { ordered, computer } = twoSides();
    for (const slot of ordered.slots) ordered.place(slot, 1);
    const begun = computer.claimPlaced()!;
    expect(ordered.slots.map((slot) => ordered.retract(slot))).toEqual(
      ordered.slots.map(({ index }) => index !== begun.index),
    );
    computer.completeMoves(begun, true);
    expect(ordered.claimPlaced()).toBeNull();
  });

  it('are moved one at a time, the next as soon as one is moved', () => {
    const { ordered, computer } = twoSides();
    ordered.place(ordered.slots[0]!, 1);
    ordered.place(ordered.slots[1]!, 1);
    ordered.assign(ordered.slots[2]!, 4096, 1024);
    const first = computer.claim(true)!;
    expect(computer.state(first)).toBe(slotState.moving);
    expect(ordered.claimPlaced()).toBeNull();
    // Who finds the way taken makes chunks meanwhile.
    expect(new Slots(geometry, ordered.memory).claim(true)!.index).toBe(2);
    computer.completeMoves(first, true);
    expect(ordered.claimPlaced()).not.toBeNull();
    expect(computer.claimPlaced()).toBeNull();
    ordered.endMoving();
    expect(computer.claimPlaced()).toBeNull();
  });

  it('give nothing once all is over', () => {
    const { ordered, computer } = twoSides();
    ordered.assign(ordered.slots[0]!, 0, 1024);
    ordered.stop();
    expect(computer.claim(true)).toBeNull();
  });
});
