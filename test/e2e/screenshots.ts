/** Writes pictures of every view and state into out/screenshots, and the one for the README: `npm run screenshots`. */
// In both themes, on a small and a large screen, and with text twice as large; `--stages REGEXP` and `--looks REGEXP`
// take some of them only.
import { copyFileSync, mkdirSync, rmSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Browser, type Page } from '@playwright/test';

import { projectFolder } from '../../build/paths.ts';
import { buildWhenStale } from '../../build/stale.ts';
import {
  corruptAppliance,
  makeAppliance,
  mainApplianceSize,
  smallApplianceSize,
  type Appliance,
} from '../fixtures/appliance.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import { describeMissing, toolPath } from '../setup/tool-paths.ts';
import { chromiumArguments, ChromiumHost } from './chromium-host.ts';
import { makePlaces, provide, removePlaces, type Places } from './places.ts';
import { stagesOf } from './stages.ts';
import {
  closeNotices,
  connectionBanner,
  details,
  libraryRow,
  openExtractSheet,
  startButton,
} from './views.ts';

type Theme = 'light' | 'dark';

/** How a stage is looked at. */
interface Look {
  readonly name: string;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
  /** Of the text that the browser is set to. */
  readonly textPercent: number;
}

const usual = { width: 1280, height: 800, textPercent: 100 };
const looks: readonly Look[] = (['light', 'dark'] as const).flatMap((theme) => [
  { ...usual, name: theme, theme },
  { ...usual, name: `${theme}-1920x1080`, theme, width: 1920, height: 1080 },
  { ...usual, name: `${theme}-text-200`, theme, textPercent: 200 },
]);

const { values: chosen } = parseArgs({
  options: { stages: { type: 'string', default: '' }, looks: { type: 'string', default: '' } },
});
const chosenLooks = looks.filter(({ name }) => new RegExp(chosen.looks).test(name));
const isChosenStage = (stage: string): boolean => new RegExp(chosen.stages).test(stage);

const pictures = join(projectFolder, 'out/screenshots');
const readmePicture = join(projectFolder, 'docs/library.png');
/** What follows from the last step begins to move within this time. */
const settleMs = 250;
/** One picture, on a machine that is busy. */
const pictureMs = 3 * 60_000;
const extractionMs = 2 * 60_000;
/** The home folder of the person in the pictures. */
const shownHome = '/home/ada';

class Studio {
  readonly #places: Places;
  #number = 0;

  constructor(places: Places) {
    this.#places = places;
  }

  /** One picture of a stage for each look; the page is left as it was. */
  async take(page: Page, stage: string): Promise<void> {
    const number = String(++this.#number).padStart(3, '0');
    if (!isChosenStage(stage)) return;
    for (const look of chosenLooks) {
      await show(page, look);
      await this.takeAs(page, join(pictures, look.name, `${number}-${stage}.png`));
    }
    await show(page, { ...usual, theme: 'light' });
  }

  /** Waits until nothing moves any more, and shows the folders as they would be called at home. */
  async takeAs(page: Page, path: string): Promise<void> {
    await page.waitForTimeout(settleMs);
    await page.waitForFunction(() =>
      document.getAnimations().every((animation) => {
        const { iterations } = animation.effect?.getComputedTiming() ?? {};
        return animation.playState !== 'running' || iterations === Infinity;
      }),
    );
    await page.evaluate(
      ([from, to]) => {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
          if (node.nodeValue?.includes(from)) node.nodeValue = node.nodeValue.replaceAll(from, to);
        }
      },
      [this.#places.home, shownHome] as const,
    );
    await page.screenshot({ path, timeout: pictureMs });
  }
}

async function show(page: Page, { theme, width, height, textPercent }: Omit<Look, 'name'>): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await page.setViewportSize({ width, height });
  await page.evaluate((percent) => {
    document.documentElement.style.fontSize = percent === 100 ? '' : `${percent}%`;
  }, textPercent);
}

/** A library as somebody has it who works with images, with a disk in it that was just extracted. */
async function fillLibrary(
  host: ChromiumHost,
  places: Places,
  small: Appliance,
  large: Appliance,
): Promise<void> {
  const { page } = host;
  const folder = join(places.home, 'Images');
  const images = [
    { name: 'debian-12-base.qcow2', gibibytes: 20, options: ['-c', '-O', 'qcow2'] },
    { name: 'border-router.vmdk', gibibytes: 8, options: ['-O', 'vmdk', '-o', 'subformat=streamOptimized'] },
    { name: 'tide-gauge-2019.img', gibibytes: 4, options: ['-O', 'raw'] },
  ];
  const disk = join(places.temporary, 'disk.raw');
  for (const [index, { name, gibibytes, options }] of images.entries()) {
    copyFileSync(small.disks[index % small.disks.length]!.rawPath, disk);
    truncateSync(disk, gibibytes * 2 ** 30);
    await runTool('qemu-img', ['convert', '-f', 'raw', ...options, disk, join(folder, name)]);
  }
  rmSync(disk);
  await host.dropFiles(...images.map(({ name }) => join(folder, name)));
  await libraryRow(page, 'tide-gauge-2019.img').waitFor();
  await host.dropFiles(provide(large.path, places.downloads));
  await page.getByRole('button', { name: 'Add to library' }).click();
  const sheet = await openExtractSheet(page);
  await startButton(sheet).click();
  await page.getByRole('button', { name: 'Show in library' }).click({ timeout: extractionMs });
  await libraryRow(page, 'harbour-disk1.qcow2').click();
  await details(page, 'harbour-disk1.qcow2').getByText('Cluster size').waitFor();
  await closeNotices(page);
}

async function takeReadmePicture(browser: Browser, small: Appliance, large: Appliance): Promise<void> {
  await withHost(browser, async (host, places) => {
    await fillLibrary(host, places, small, large);
    mkdirSync(dirname(readmePicture), { recursive: true });
    await new Studio(places).takeAs(host.page, readmePicture);
  });
}

async function takeStages(browser: Browser, small: Appliance, large: Appliance): Promise<void> {
  await withHost(browser, async (host, places) => {
    const studio = new Studio(places);
    const corrupt = await corruptAppliance(small, places.downloads);
    for await (const stage of stagesOf({ app: host, places, appliance: small, large, corrupt })) {
      await studio.take(host.page, stage);
    }
    await host.killServer();
    await connectionBanner(host.page).waitFor();
    await studio.take(host.page, 'connection-lost');
  });
}

/** Starts an empty Platter for `work`, and cleans up in any case; what goes wrong first is told, whatever the cleaning says then. */
async function withHost(
  browser: Browser,
  work: (host: ChromiumHost, places: Places) => Promise<void>,
): Promise<void> {
  const places = makePlaces();
  const host = new ChromiumHost({ places, colorScheme: 'light' }, browser);
  const cleanUp = async (): Promise<void> => {
    await host.dispose();
    removePlaces(places);
  };
  try {
    await host.start();
    await work(host, places);
  } catch (error) {
    await cleanUp().catch((second: unknown) => console.error(second));
    throw error;
  }
  await cleanUp();
}

const missing = describeMissing(['chromium', 'qemu-img', 'mkfs.ext4']);
if (missing !== null) throw new Error(`taking the pictures ${missing}`);
await buildWhenStale();
const small = await makeAppliance(smallApplianceSize);
const large = await makeAppliance(mainApplianceSize);
rmSync(pictures, { recursive: true, force: true });
for (const { name } of chosenLooks) mkdirSync(join(pictures, name), { recursive: true });
const browser = await chromium.launch({ executablePath: toolPath('chromium')!, args: chromiumArguments });
try {
  await takeStages(browser, small, large);
  if (isChosenStage('readme')) await takeReadmePicture(browser, small, large);
} finally {
  await browser.close();
}
console.log(
  `The pictures are in ${pictures}${isChosenStage('readme') ? `, the README's is ${readmePicture}` : ''}.`,
);
