/** Platter in a real Chromium against the web host, which runs in plain Node. */
import { spawn, type ChildProcess } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { expect, type Browser, type BrowserContext, type Locator, type Page } from '@playwright/test';

import { cliBundle } from '../../build/paths.ts';
import { dropFiles } from './drop.ts';
import type { HostApp, StartOptions } from './host-app.ts';
import { environmentOf } from './places.ts';
import { collectProblems, reportViolations, waitForWindow } from './problems.ts';
import { endProcess, killProcess, waitForEnd, waitForLine } from './processes.ts';

const startMs = 20_000;
const quitMs = 15_000;

/** How Debian's Chromium starts as root and keeps to itself. */
export const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export class ChromiumHost implements HostApp {
  readonly host = 'chromium';
  readonly problems: string[] = [];
  readonly #options: StartOptions;
  readonly #browser: Browser;
  #server: ChildProcess | null = null;
  #context: BrowserContext | null = null;
  #page: Page | null = null;
  #address = '';

  constructor(options: StartOptions, browser: Browser) {
    this.#options = options;
    this.#browser = browser;
  }

  get page(): Page {
    if (this.#page === null) throw new Error('there is no page now');
    return this.#page;
  }

  /** The address with the token that the server has printed. */
  get address(): string {
    return this.#address;
  }

  get processIds(): readonly number[] {
    return [this.#server!.pid!];
  }

  async start(files: readonly string[] = []): Promise<void> {
    if (files.length > 0) throw new Error('a browser is not started with files');
    const { places, launcher } = this.#options;
    const command = [...(launcher === undefined ? [] : [launcher]), process.execPath, cliBundle, 'serve'];
    this.#server = spawn(command[0]!, command.slice(1), {
      cwd: places.home,
      env: environmentOf(places),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#address = (await waitForLine(this.#server, 'stdout', /http:\/\/\S+/, startMs))[0];
    this.#context = await this.#browser.newContext({
      viewport: { width: 1280, height: 800 },
      permissions: ['clipboard-read', 'clipboard-write'],
      locale: 'en-GB',
      timezoneId: 'UTC',
      ...(this.#options.colorScheme === undefined ? {} : { colorScheme: this.#options.colorScheme }),
    });
    await reportViolations(this.#context);
    await this.#openPage(this.#address);
  }

  async #openPage(address: string): Promise<void> {
    const page = await this.#context!.newPage();
    collectProblems(page, this.problems);
    await page.goto(address);
    await waitForWindow(page);
    this.#page = page;
  }

  async dropFiles(...paths: string[]): Promise<void> {
    await dropFiles(this.page, paths);
  }

  /** Open… and the picker in the page: to the folder by its path, to the files by their names. */
  async chooseFiles(...paths: string[]): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Open…' }).click();
    const picker = await this.#goTo('Open images', dirname(paths[0]!));
    for (const [index, path] of paths.entries()) {
      const option = picker.getByRole('option', { name: basename(path), exact: true });
      await option.click({ modifiers: index === 0 ? [] : ['Control'] });
    }
    await picker.getByRole('button', { name: 'Open', exact: true }).click();
    await expect(picker).toHaveCount(0);
  }

  async chooseFolder(button: Locator, folder: string): Promise<void> {
    await button.click();
    const picker = await this.#goTo(/older|into/, folder);
    await picker.getByRole('button', { name: 'Choose', exact: true }).click();
    await expect(picker).toHaveCount(0);
  }

  async chooseFile(button: Locator, path: string): Promise<void> {
    await button.click();
    const picker = await this.#goTo(
      /^(Compare with|Build from|The image that shows through|Where is .*)$/,
      dirname(path),
    );
    await picker.getByRole('option', { name: basename(path), exact: true }).click();
    await picker.getByRole('button', { name: /^(Compare|Add|Choose|Locate)$/ }).click();
    await expect(picker).toHaveCount(0);
  }

  async #goTo(title: string | RegExp, folder: string): Promise<Locator> {
    const picker = this.page.getByRole('dialog', { name: title });
    await picker.getByRole('button', { name: 'Type a path' }).click();
    await picker.getByRole('textbox', { name: 'Path' }).fill(folder);
    await this.page.keyboard.press('Enter');
    const location = picker.getByRole('navigation', { name: 'Folders on the way' });
    await expect(location.locator('[aria-current="location"]')).toHaveText(basename(folder));
    return picker;
  }

  async closeWindow(): Promise<void> {
    await this.page.close();
    this.#page = null;
  }

  /** The address without the token: the cookie of the session is enough. */
  async reopenWindow(): Promise<void> {
    await this.#openPage(new URL('/', this.#address).href);
  }

  async readClipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  async quit(): Promise<void> {
    await this.#closeContext();
    const server = this.#server!;
    server.kill('SIGTERM');
    await waitForEnd(server, quitMs);
    this.#server = null;
  }

  async restart(): Promise<void> {
    await this.quit();
    await this.start();
  }

  async kill(): Promise<void> {
    await this.#closeContext();
    await this.killServer();
  }

  /** Ends the server as a crash would; the page stays open and notices. */
  async killServer(): Promise<void> {
    await killProcess(this.#server!);
    this.#server = null;
  }

  async dispose(): Promise<void> {
    await this.#closeContext();
    if (this.#server !== null) await endProcess(this.#server, quitMs);
    this.#server = null;
  }

  async #closeContext(): Promise<void> {
    await this.#context?.close();
    this.#context = null;
    this.#page = null;
  }
}
