/** verify: whether the files of a package are what its manifest says. */
import type { ManifestResult } from '#shared/domain/package.ts';
import type { Control } from '../control.ts';
import { openPackageAt } from '../pipeline/open.ts';

/** Reads every file of the package once. A mismatch is an answer, not a failure. @throws Failure `io.*`, `package.*`. */
export function verifyPackage(path: string, control: Control): ManifestResult {
  const container = openPackageAt(path);
  try {
    return container.verify(control);
  } finally {
    container.close();
  }
}
