/** Makes everything ready that the end-to-end tests share: the build, the runtimes, the appliances. */
import { statSync } from 'node:fs';

import { buildWhenStale } from '../../build/stale.ts';
import { makeAppliance, mainApplianceSize, smallApplianceSize } from '../fixtures/appliance.ts';
import { electronRuntime } from '../setup/electron-runtime.ts';
import { ensureSqliteBinding, needsOwnSqliteBinding } from '../setup/sqlite-binding.ts';
import { needsTool } from '../setup/tool-paths.ts';

/** What the main job has to carry at least. */
const smallestPackageBytes = 256 * 1024 * 1024;

async function prepareElectron(): Promise<void> {
  const runtime = await electronRuntime();
  if (needsOwnSqliteBinding(runtime.version)) await ensureSqliteBinding();
  process.env['PLATTER_TEST_ELECTRON'] = runtime.executablePath;
  process.env['PLATTER_TEST_ELECTRON_DIST'] = runtime.distFolder;
}

async function prepareAppliances(): Promise<void> {
  if (!needsTool('qemu-img') || !needsTool('mkfs.ext4')) return;
  await makeAppliance(smallApplianceSize);
  const { path } = await makeAppliance(mainApplianceSize);
  const { size } = statSync(path);
  if (size < smallestPackageBytes) throw new Error(`the appliance of the main job has only ${size} bytes`);
}

/** Playwright calls this once before all tests. */
export default async function setUp(): Promise<void> {
  await buildWhenStale();
  await prepareElectron();
  await prepareAppliances();
}
