// What the Google SDK finds where it looks for credentials by itself.
import { join } from 'node:path';
import { vi } from 'vitest';
import type { GoogleCloud } from './google-cloud.ts';

/** The usual credentials of a machine in Google's cloud, and no others: none lie in `home`. */
export function stubMachineOf({ metadataHost }: GoogleCloud, home: string): void {
  vi.stubEnv('GCE_METADATA_HOST', metadataHost);
  vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', undefined);
  vi.stubEnv('CLOUDSDK_CONFIG', join(home, 'none'));
  vi.stubEnv('HOME', home);
}
