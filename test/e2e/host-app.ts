/** What a test does with a running Platter, whichever host it runs on. */
import type { Locator, Page } from '@playwright/test';
import type { Places } from './places.ts';

export type HostName = 'electron' | 'chromium';

export interface StartOptions {
  readonly places: Places;
  /** A program that starts Platter in its own way, with the same arguments as Platter's. */
  readonly launcher?: string;
  readonly colorScheme?: 'light' | 'dark';
}

export interface HostApp {
  readonly host: HostName;
  /** The window's page; throws while there is no window. */
  readonly page: Page;
  /** What the page has complained about since the start. */
  readonly problems: string[];
  /** The process that does the work. */
  readonly processIds: readonly number[];
  start(files?: readonly string[]): Promise<void>;
  /** Drags files into the window. */
  dropFiles(...paths: string[]): Promise<void>;
  /** Opens files the way the host offers it: the native menu and dialog, or the picker in the page. */
  chooseFiles(...paths: string[]): Promise<void>;
  /** Answers with `folder` where a press on `button` asks for one. */
  chooseFolder(button: Locator, folder: string): Promise<void>;
  /** Answers with `path` where a press on `button` asks for a file. */
  chooseFile(button: Locator, path: string): Promise<void>;
  closeWindow(): Promise<void>;
  reopenWindow(): Promise<void>;
  readClipboard(): Promise<string>;
  /** Ends Platter gently. */
  quit(): Promise<void>;
  /** Ends Platter gently and starts it again. */
  restart(): Promise<void>;
  /** Ends Platter as a crash would. */
  kill(): Promise<void>;
  /** Ends whatever still runs. */
  dispose(): Promise<void>;
}
