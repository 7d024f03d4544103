/** `npm run -s platter -- …`: the built command line, in the folder that npm was called from. */
import { createRequire } from 'node:module';
import { cliBundle } from './paths.ts';
import { buildWhenStale } from './stale.ts';

await buildWhenStale();
// npm changes to the project's folder; the user's relative paths start elsewhere.
process.chdir(process.env['INIT_CWD'] ?? process.cwd());
createRequire(import.meta.url)(cliBundle);
