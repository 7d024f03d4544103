/** For qemu-img with LUKS: it measures how fast it derives keys, and gives up where the clock did not move meanwhile. */

const attempts = 60;
const pauseMilliseconds = 25;

/** Does `action` until it does not throw; its last error when it never works. */
export function untilItWorks(action: () => void): void {
  for (let attempt = 1; ; attempt++) {
    try {
      action();
      return;
    } catch (error) {
      if (attempt === attempts) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMilliseconds);
    }
  }
}
