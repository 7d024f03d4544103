/** The desktop app: builds the objects, connects them to each other and to the system, nothing else. */
import { join } from 'node:path';
import { app, dialog, powerMonitor, session, type BrowserWindow } from 'electron';
import { call } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import type { AppRequest, LanguageChoice } from '#shared/domain/app.ts';
import { Failure } from '#shared/failure.ts';
import { language, languageAmong } from '#shared/language.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { speak } from '#shared/text/languages.ts';
import { libraryLocation } from './catalogue/location.ts';
import { readSettings } from './catalogue/settings.ts';
import { jobsEntry, libraryEntry, upkeepEntry, workerEntries } from './entries.ts';
import { compose, type Backend } from './services/compose.ts';
import { argumentFiles } from './shell/argument-files.ts';
import { desktopHost } from './shell/dialogs.ts';
import { jobSignals, notifyOfBackgroundWork } from './shell/job-signals.ts';
import { openKeychain } from './shell/keychain.ts';
import { Lifecycle } from './shell/lifecycle.ts';
import { installMenu } from './shell/menu.ts';
import { declareScheme, servePage } from './shell/page-protocol.ts';
import { builtPage, pageAt } from './shell/page.ts';
import { acceptPorts } from './shell/ports.ts';
import { restrictContents, restrictSession } from './shell/restrictions.ts';
import { becomeOnlyInstance } from './shell/single-instance.ts';
import { bringToFront, openWindow } from './shell/window.ts';
import { contentSecurityPolicy } from './web/content-security-policy.ts';
import { readStaticFiles } from './web/static-files.ts';

const developing = !app.isPackaged;
/** The address of the bundler's server while developing. */
const developmentPage = developing ? process.env['PLATTER_DEVELOPMENT_PAGE'] : undefined;
const page = developmentPage === undefined ? builtPage : pageAt(developmentPage);
const location = libraryLocation();

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The program behind the window. It opens the library while the system is still getting ready. */
class Desktop {
  readonly #backend: Backend;
  readonly #background = { told: false };
  #window: BrowserWindow | null = null;

  constructor() {
    this.#backend = compose({
      home: location.folder,
      workerEntries: workerEntries(),
      upkeepEntry: upkeepEntry(),
      libraryEntry: libraryEntry(),
      jobsEntry: jobsEntry(),
      host: desktopHost({
        window: () => this.#window,
        extensions: () => this.#extensions(),
        openSecrets: () => openKeychain(join(app.getPath('userData'), 'secrets.json')),
        languageChosen: (choice) => void this.#changeLanguage(choice),
      }),
      hostReady: app.whenReady(),
      log,
    });
    const handler = new RPCHandler(this.#backend.router);
    acceptPorts(page, (port) => handler.upgrade(port));
    const lifecycle = new Lifecycle({
      runningJobs: () => signals.runningCount,
      wentToBackground: (jobCount) => this.#wentToBackground(jobCount),
      close: () => this.#backend.close(),
      log,
    });
    const signals = jobSignals({
      window: () => this.#window,
      showJob: (id) => this.ask({ kind: 'job', id }),
      idle: () => lifecycle.idle(),
    });
    this.#backend.jobEvents.listen((event) => signals.receive(event));
  }

  /** What can be asked of the system only once that is ready. */
  followPower(): void {
    this.#backend.power(powerMonitor.isOnBatteryPower());
    powerMonitor.on('on-battery', () => this.#backend.power(true));
    powerMonitor.on('on-ac', () => this.#backend.power(false));
  }

  /** Says everything in the language of the settings from now on. */
  async speak(choice: LanguageChoice = readSettings(this.#backend.catalogue).language): Promise<void> {
    await speak(choice === 'system' ? languageAmong(app.getPreferredSystemLanguages()) : choice);
    installMenu({
      ask: (request) => this.ask(request),
      libraryFolder: this.#backend.libraryFolder,
      developing,
    });
  }

  async #changeLanguage(choice: LanguageChoice): Promise<void> {
    const before = language();
    await this.speak(choice);
    if (language() !== before) this.#window?.webContents.reload();
  }

  /** Shows the window and asks something of it. */
  ask(request: AppRequest): void {
    this.show();
    this.#backend.inbox.put(request);
  }

  /** Opens files in the window; without any, only shows it. */
  open(paths: readonly string[]): void {
    if (paths.length > 0) this.ask({ kind: 'open', paths });
    else this.show();
  }

  show(): void {
    if (this.#window !== null) {
      bringToFront(this.#window);
      return;
    }
    this.#window = openWindow({
      page,
      preload: join(__dirname, 'preload.cjs'),
      icon: process.platform === 'linux' ? join(app.getAppPath(), 'build/icons/png/256x256.png') : null,
      placeFile: join(app.getPath('userData'), 'window.json'),
      title: app.getName(),
      developing,
      log,
    });
    this.#window.on('closed', () => {
      this.#window = null;
    });
  }

  async #extensions(): Promise<readonly string[]> {
    const formats = await call(this.#backend.router.images.formats, undefined);
    return [...new Set(formats.flatMap(({ extensions }) => extensions))];
  }

  #wentToBackground(jobCount: number): void {
    if (this.#background.told) return;
    this.#background.told = true;
    notifyOfBackgroundWork(jobCount, () => this.ask({ kind: 'command', id: 'jobs' }));
  }
}

/** What was asked for before the desktop was there. */
const waitingFiles = argumentFiles(process.argv, process.cwd(), developing);
let desktop: Desktop | null = null;

function openFiles(files: readonly string[]): void {
  if (desktop === null) waitingFiles.push(...files);
  else desktop.open(files);
}

async function start(): Promise<void> {
  const started = new Desktop();
  const [files] = await Promise.all([
    developmentPage === undefined ? readStaticFiles(join(__dirname, '../renderer')) : null,
    app.whenReady(),
  ]);
  restrictSession(session.defaultSession, page);
  if (files !== null) servePage(session.defaultSession, files, contentSecurityPolicy);
  started.followPower();
  await started.speak();
  desktop = started;
  app.on('activate', () => started.show());
  started.open(waitingFiles);
}

/** The exit code after a failure that the user has been told; `npm start` then offers no browser. */
const toldFailure = 2;

async function fail(error: unknown): Promise<void> {
  const failure = Failure.from(error);
  const { sentence, nextStep } = describeFailure(failure.toData());
  log(`platter: ${failure.code}: ${sentence}`);
  if (failure.code === 'internal') log(String((failure.cause as Error | undefined)?.stack ?? failure.stack));
  await app.whenReady();
  dialog.showErrorBox(`${app.getName()} cannot start`, `${sentence}\n\n${nextStep}`);
  app.exit(toldFailure);
}

// Electron keeps its own files apart from the library, and away from everybody's where a test asks for that.
if (process.env['PLATTER_HOME']) app.setPath('userData', join(location.folder, 'electron'));
// Root (in a container, in a test) can only run without; insisting would end every child process.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
// Windows shows notifications only of the application that its shortcut names: `appId` in electron-builder.yml.
app.setAppUserModelId('app.platter.desktop');
declareScheme();
restrictContents(page);
if (becomeOnlyInstance(waitingFiles, openFiles)) start().catch(fail);
else app.exit(0);
