/** Lets the calling thread yield to everything else on the machine. There is no way back: a thread stays so until it ends. */
import { constants, setPriority } from 'node:os';
import { loadKoffi } from '../bytes/foreign-functions.ts';

/**
 * Lowers the calling thread's priority as far as its system has a way to: on Linux its nice value (which also puts its
 * reads and writes behind others'), on macOS the background band of the scheduler, on Windows the background mode.
 * Elsewhere, and where the system refuses, the thread goes on as it is.
 */
export function lowerThreadPriority(): void {
  try {
    if (process.platform === 'linux') {
      // The kernel's processes are threads: 0 means the one that asks, and those that it starts inherit the value.
      setPriority(0, constants.priority.PRIORITY_LOW);
    } else if (process.platform === 'darwin') {
      lowerOnMac();
    } else if (process.platform === 'win32') {
      lowerOnWindows();
    }
  } catch {
    // To run at the usual priority is no failure of the work.
  }
}

/** PRIO_DARWIN_THREAD and PRIO_DARWIN_BG of sys/resource.h. */
const [darwinThread, darwinBackground] = [3, 0x1000];

function lowerOnMac(): void {
  const set = loadKoffi()?.load(null).func('int setpriority(int which, uint32_t who, int priority)');
  set?.(darwinThread, 0, darwinBackground);
}

/** THREAD_MODE_BACKGROUND_BEGIN of winbase.h. */
const backgroundBegin = 0x00010000;

function lowerOnWindows(): void {
  const kernel = loadKoffi()?.load('kernel32.dll');
  const current = kernel?.func('void * __stdcall GetCurrentThread()');
  const set = kernel?.func('int __stdcall SetThreadPriority(void *thread, int priority)');
  set?.(current?.(), backgroundBegin);
}
