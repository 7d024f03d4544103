import { createInflate, type Inflate } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { zlibHandle } from '#engine/disks/vmdk/zlib-handle.ts';

describe('zlibHandle', () => {
  it('is there in this version of Node: the fast way is in use', () => {
    expect(zlibHandle(createInflate())).not.toBeNull();
  });

  it('is null where a stream has something else inside', () => {
    expect(zlibHandle({} as Inflate)).toBeNull();
    expect(
      zlibHandle({ _handle: { reset() {} }, _writeState: new Uint32Array(2) } as unknown as Inflate),
    ).toBeNull();
    const odd = { _handle: { reset() {}, writeSync() {} }, _writeState: [0, 0] };
    expect(zlibHandle(odd as unknown as Inflate)).toBeNull();
  });
});
