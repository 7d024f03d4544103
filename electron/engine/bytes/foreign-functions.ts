/** Calling the system's own libraries: koffi, where there is a build of it for this platform. */
import { createRequire } from 'node:module';

type Koffi = typeof import('koffi');

let koffi: Koffi | null | undefined;

/** koffi, or null: it ships a prebuilt library for each platform, and where that one is absent Platter works without it. */
export function loadKoffi(): Koffi | null {
  if (koffi === undefined) {
    try {
      koffi = createRequire(import.meta.url)('koffi') as Koffi;
    } catch {
      koffi = null;
    }
  }
  return koffi;
}
