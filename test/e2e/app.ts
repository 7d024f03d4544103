/** The fixtures of the end-to-end tests: folders of their own, Platter on the project's host, and the appliances. */
import { chromium, test as base, expect as baseExpect, type Browser } from '@playwright/test';

import {
  makeAppliance,
  mainApplianceSize,
  smallApplianceSize,
  type Appliance,
} from '../fixtures/appliance.ts';
import { startDisplay } from '../setup/display.ts';
import { needsTool, toolPath } from '../setup/tool-paths.ts';
import { chromiumArguments, ChromiumHost } from './chromium-host.ts';
import { ElectronHost } from './electron-host.ts';
import type { HostApp, HostName, StartOptions } from './host-app.ts';
import { makePlaces, removePlaces, type Places } from './places.ts';

/** As patient outside of the test runner as in it: the pictures are taken by the same steps. */
export const expect = baseExpect.configure({ timeout: 30_000 });
export type { HostApp, HostName } from './host-app.ts';

export interface HostOptions {
  readonly host: HostName;
}

interface TestFixtures {
  readonly places: Places;
  /** Platter, started on the project's host. What its page complains about fails the test. */
  readonly app: HostApp;
  /** Makes a Platter that is not started yet; it is ended with the test. */
  readonly makeApp: (options?: Partial<StartOptions>) => HostApp;
}

interface WorkerFixtures {
  /** Each worker has one of its own: windows that share one take the focus and the clipboard from each other. */
  readonly display: void;
  readonly chromiumBrowser: Browser | null;
  /** Two small disks. */
  readonly appliance: Appliance;
  /** One disk; the package has more than 256 MiB. */
  readonly largeAppliance: Appliance;
}

export const test = base.extend<TestFixtures & HostOptions, WorkerFixtures>({
  host: ['electron', { option: true }],

  chromiumBrowser: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from the pattern
    async ({}, use, { project }) => {
      if ((project.use as Partial<HostOptions>).host !== 'chromium' || !needsTool('chromium'))
        return use(null);
      const browser = await chromium.launch({
        executablePath: toolPath('chromium')!,
        args: chromiumArguments,
      });
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],

  display: [
    // eslint-disable-next-line no-empty-pattern -- as above
    async ({}, use) => {
      // Not into this process's environment: Playwright hands that on to the workers of projects that come later.
      const display = await startDisplay();
      await use();
      await display?.stop();
    },
    { scope: 'worker', auto: true },
  ],

  // eslint-disable-next-line no-empty-pattern -- as above
  appliance: [async ({}, use) => use(await makeAppliance(smallApplianceSize)), { scope: 'worker' }],
  // eslint-disable-next-line no-empty-pattern -- as above
  largeAppliance: [async ({}, use) => use(await makeAppliance(mainApplianceSize)), { scope: 'worker' }],

  // eslint-disable-next-line no-empty-pattern -- as above
  places: async ({}, use) => {
    const places = makePlaces();
    await use(places);
    removePlaces(places);
  },

  makeApp: async ({ places, host, chromiumBrowser }, use) => {
    const made: HostApp[] = [];
    await use((options = {}) => {
      const all = { places, ...options };
      const app =
        host === 'electron' ? new ElectronHost(all) : new ChromiumHost(all, browserOf(chromiumBrowser));
      made.push(app);
      return app;
    });
    for (const app of made) await app.dispose();
    expect(
      made.flatMap(({ problems }) => problems),
      'what the page complained about',
    ).toEqual([]);
  },

  app: async ({ makeApp }, use) => {
    const app = makeApp();
    await app.start();
    await use(app);
  },
});

function browserOf(browser: Browser | null): Browser {
  test.skip(browser === null, 'needs chromium (Debian package chromium)');
  return browser!;
}
