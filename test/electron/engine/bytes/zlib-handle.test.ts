import { constants, createInflate, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { zlibHandle } from '#engine/bytes/zlib-handle.ts';

describe('zlibHandle', () => {
  it('is there in this version of Node: the fast way is in use', () => {
    expect(zlibHandle(createInflate())).not.toBeNull();
  });

  it('says what is left on both sides, and what went wrong', () => {
    const handle = zlibHandle(createInflate())!;
    const encoded = Buffer.concat([deflateSync(Buffer.alloc(50, 7)), Buffer.alloc(3)]);
    const good = { ...handle.step(constants.Z_FINISH, encoded, new Uint8Array(60)) };
    expect(good).toEqual({ outputLeft: 10, inputLeft: 3, problem: null, code: null });
    handle.reset();
    const bad = handle.step(constants.Z_FINISH, Buffer.alloc(9, 0xff), new Uint8Array(60));
    expect(bad.code).toBe('Z_DATA_ERROR');
    expect(bad.problem).toMatch(/header/);
    handle.reset();
    expect(handle.step(constants.Z_FINISH, encoded, new Uint8Array(60)).problem).toBeNull();
  });

  it('is null where a stream has something else inside', () => {
    expect(zlibHandle({})).toBeNull();
    expect(zlibHandle({ _handle: { reset() {} }, _writeState: new Uint32Array(2) })).toBeNull();
    expect(zlibHandle({ _handle: { reset() {}, writeSync() {} }, _writeState: [0, 0] })).toBeNull();
  });
});
