/** Platter in a real Electron window, driven by Playwright. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Locator, type Page } from '@playwright/test';

import { projectFolder } from '../../build/paths.ts';
import { dropFiles } from './drop.ts';
import type { HostApp, StartOptions } from './host-app.ts';
import { environmentOf } from './places.ts';
import { collectProblems, reportViolations, waitForWindow } from './problems.ts';
import { endProcess, killProcess, waitForEnd } from './processes.ts';

const startMs = 30_000;
const quitMs = 15_000;
/** As Playwright's own pages have it of the configuration. */
const actionMs = 15_000;

function found(name: 'PLATTER_TEST_ELECTRON' | 'PLATTER_TEST_ELECTRON_DIST'): string {
  const path = process.env[name];
  if (!path) throw new Error('the global set-up has not run');
  return path;
}

/** The Electron that the set-up has found. */
export const electronExecutable = (): string => found('PLATTER_TEST_ELECTRON');
/** The folder of that Electron's distribution. */
export const electronDist = (): string => found('PLATTER_TEST_ELECTRON_DIST');

/** The program and its first arguments; `before` is a program that starts it in its own way. */
function commandFor(options: StartOptions, files: readonly string[]): { executable: string; args: string[] } {
  const args = [
    '--no-sandbox',
    `--user-data-dir=${join(options.places.root, 'electron')}`,
    projectFolder,
    ...files,
  ];
  return { executable: options.launcher ?? electronExecutable(), args };
}

export class ElectronHost implements HostApp {
  readonly host = 'electron';
  readonly problems: string[] = [];
  readonly #options: StartOptions;
  #application: ElectronApplication | null = null;
  #page: Page | null = null;

  constructor(options: StartOptions) {
    this.#options = options;
  }

  get page(): Page {
    if (this.#page === null) throw new Error('Platter has no window now');
    return this.#page;
  }

  /** The running application, for what only the main process can be asked. */
  get application(): ElectronApplication {
    if (this.#application === null) throw new Error('Platter does not run now');
    return this.#application;
  }

  get processIds(): readonly number[] {
    return [this.application.process().pid!];
  }

  async start(files: readonly string[] = []): Promise<void> {
    const { executable, args } = commandFor(this.#options, files);
    const { places } = this.#options;
    this.#application = await _electron.launch({
      executablePath: executable,
      args,
      cwd: places.home,
      env: environmentOf(places),
      timeout: startMs,
      ...(this.#options.colorScheme === undefined ? {} : { colorScheme: this.#options.colorScheme }),
    });
    await reportViolations(this.#application.context());
    await this.#adopt(await this.#application.firstWindow({ timeout: startMs }));
  }

  async #adopt(page: Page): Promise<void> {
    collectProblems(page, this.problems);
    page.setDefaultTimeout(actionMs);
    await waitForWindow(page);
    this.#page = page;
  }

  async dropFiles(...paths: string[]): Promise<void> {
    await dropFiles(this.page, paths);
  }

  /** File → Open… of the native menu; the system's dialog answers with these files. */
  async chooseFiles(...paths: string[]): Promise<void> {
    await this.answerOpenDialog(...paths);
    await this.application.evaluate(({ Menu }) => {
      const item = Menu.getApplicationMenu()?.getMenuItemById('open');
      if (!item) throw new Error('the menu has no Open…');
      item.click();
    });
  }

  async chooseFolder(button: Locator, folder: string): Promise<void> {
    await this.answerOpenDialog(folder);
    await button.click();
  }

  async chooseFile(button: Locator, path: string): Promise<void> {
    await this.answerOpenDialog(path);
    await button.click();
  }

  /** The system's dialog, which no test can drive, will answer with these paths. */
  async answerOpenDialog(...paths: string[]): Promise<void> {
    await this.application.evaluate(({ dialog }, filePaths) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths });
    }, paths);
  }

  /** Starts Platter a second time, as the file manager does; that one hands over its files and ends. */
  async startAgain(files: readonly string[] = []): Promise<number | null> {
    const { executable, args } = commandFor(this.#options, files);
    const env = environmentOf(this.#options.places);
    const second = spawn(executable, args, { cwd: this.#options.places.home, env, stdio: 'ignore' });
    try {
      return (await waitForEnd(second, startMs)).exitCode;
    } catch (error) {
      await killProcess(second);
      throw error;
    }
  }

  async closeWindow(): Promise<void> {
    const page = this.page;
    const closed = page.waitForEvent('close');
    await this.application.evaluate(({ BrowserWindow }) => {
      for (const window of BrowserWindow.getAllWindows()) window.close();
    });
    await closed;
    this.#page = null;
  }

  async reopenWindow(): Promise<void> {
    const [page] = await Promise.all([this.application.waitForEvent('window'), this.startAgain()]);
    await this.#adopt(page);
  }

  async readClipboard(): Promise<string> {
    return this.application.evaluate(({ clipboard }) => clipboard.readText());
  }

  /** Quits as a person does, and waits until the process has ended. */
  async quit(): Promise<void> {
    const child = this.application.process();
    await this.application.evaluate(({ app }) => app.quit()).catch(() => undefined);
    await waitForEnd(child, quitMs);
    this.#forget();
  }

  async restart(): Promise<void> {
    await this.quit();
    await this.start();
  }

  async kill(): Promise<void> {
    await killProcess(this.application.process());
    this.#forget();
  }

  async dispose(): Promise<void> {
    if (this.#application === null) return;
    await endProcess(this.#application.process(), quitMs);
    this.#forget();
  }

  #forget(): void {
    this.#application = null;
    this.#page = null;
  }
}
