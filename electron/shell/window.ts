/** The one window: made where it was last time, remembered, shut off from everything but its page. */
import { BrowserWindow, nativeTheme, screen } from 'electron';
import type { Page } from './page.ts';
import { placeOn, readPlace, smallestWindow, writePlace, type Rectangle } from './window-bounds.ts';

export interface WindowOptions {
  readonly page: Page;
  readonly preload: string;
  /** The window's and the taskbar's picture, where the system does not take it from the application. */
  readonly icon: string | null;
  /** The file that remembers the place. */
  readonly placeFile: string;
  readonly title: string;
  readonly developing: boolean;
  log(line: string): void;
}

/** A person who drags a window makes hundreds of events. */
const settleMilliseconds = 400;
const revivalPauseMilliseconds = 10_000;

/** Opens the window; it shows itself when the page has been drawn once. */
export function openWindow(options: WindowOptions): BrowserWindow {
  const place = placeOn(workAreas(), readPlace(options.placeFile));
  const window = new BrowserWindow({
    ...place.bounds,
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    show: false,
    title: options.title,
    // The page's own ground, until it is drawn (--surface in renderer/design/tokens.css).
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#191918' : '#fbfaf8',
    ...(options.icon === null ? {} : { icon: options.icon }),
    webPreferences: {
      preload: options.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: options.developing,
    },
  });
  if (place.maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  rememberPlace(window, options.placeFile);
  reviveWhenGone(window, options.log);
  window.loadURL(options.page.address).catch((error: unknown) => options.log(`the page: ${String(error)}`));
  return window;
}

/** A page whose process died comes back, unless it dies again at once; jobs do not notice either. */
function reviveWhenGone(window: BrowserWindow, log: (line: string) => void): void {
  let revivedAt = 0;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    log(`the page's process is gone: ${reason}`);
    if (Date.now() - revivedAt < revivalPauseMilliseconds) return;
    revivedAt = Date.now();
    window.webContents.reload();
  });
}

/** Restores, shows and focuses the window. */
export function bringToFront(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

function workAreas(): Rectangle[] {
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id);
  return [primary, ...others].map(({ workArea }) => workArea);
}

function rememberPlace(window: BrowserWindow, placeFile: string): void {
  let timer: NodeJS.Timeout | undefined;
  const remember = (): void => {
    clearTimeout(timer);
    if (window.isDestroyed() || window.isFullScreen()) return;
    writePlace(placeFile, { bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(remember, settleMilliseconds);
  };
  window.on('resize', later);
  window.on('move', later);
  window.on('close', remember);
  window.on('closed', () => clearTimeout(timer));
}
