/** Where this process runs: what accounts are looked for in. */
import { homedir } from 'node:os';

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly workingFolder: string;
  readonly homeFolder: string;
}

export function surroundings(): Surroundings {
  return {
    environment: process.env,
    platform: process.platform,
    workingFolder: process.cwd(),
    homeFolder: homedir(),
  };
}
