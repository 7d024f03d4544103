/** `npm run dev`: Platter that follows the sources. The window's page changes in place; the rest is built and restarted. */
import { spawn, type ChildProcess } from 'node:child_process';
import { build, createServer, type InlineConfig } from 'vite';
import { electronEnvironment, electronExecutable, NoElectron, windowObstacle } from './electron-binary.ts';
import { cliBundle, projectFolder } from './paths.ts';
import nodeConfig, { preloadConfig } from './vite.node.config.ts';
import rendererConfig from './vite.renderer.config.ts';

/** What Vite's page needs beyond the real policy: styles that change in place, and a socket that says when. */
function developmentPolicy(origin: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ${origin.replace(/^http/, 'ws')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** A program that is ended and started again; when it ends by itself, so does this script. */
class Restarting {
  readonly #start: () => ChildProcess;
  #child: ChildProcess | null = null;
  #turn = Promise.resolve();

  constructor(start: () => ChildProcess) {
    this.#start = start;
  }

  restart(): void {
    this.#turn = this.#turn.then(async () => {
      await this.#stop();
      const child = this.#start();
      this.#child = child;
      child.once('close', (code) => {
        if (this.#child === child) process.exit(code ?? 0);
      });
    });
  }

  async end(): Promise<void> {
    await this.#turn;
    await this.#stop();
  }

  #stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once('close', () => resolve());
      child.kill('SIGTERM');
    });
  }
}

/** Builds with each config whenever its sources change, and calls `built` each time all of them have been. */
async function watch(configs: readonly InlineConfig[], built: () => void): Promise<void> {
  const waiting = new Set(configs);
  for (const config of configs) {
    const options = { ...config, configFile: false as const, logLevel: 'warn' as const };
    const watcher = await build({ ...options, build: { ...config.build, emptyOutDir: false, watch: {} } });
    if (!('on' in watcher)) throw new Error('the bundler does not watch');
    watcher.on('event', (event) => {
      if (event.code === 'BUNDLE_START') waiting.add(config);
      if (event.code === 'ERROR') process.stderr.write(`${String(event.error)}\n`);
      if (event.code !== 'END') return;
      waiting.delete(config);
      if (waiting.size === 0) built();
    });
  }
}

async function developInWindow(words: readonly string[]): Promise<Restarting> {
  const reason = windowObstacle(words);
  if (reason !== null) throw new NoElectron(reason);
  const executable = await electronExecutable((version) =>
    process.stderr.write(`Fetching Electron ${version}; this happens once…\n`),
  );
  const server = await createServer({
    ...rendererConfig,
    configFile: false,
    server: { host: '127.0.0.1', port: 5173 },
    plugins: [
      ...(rendererConfig.plugins ?? []),
      {
        name: 'development-policy',
        configureServer({ middlewares }) {
          middlewares.use((request, response, next) => {
            response.setHeader(
              'Content-Security-Policy',
              developmentPolicy(`http://${request.headers.host!}`),
            );
            next();
          });
        },
      },
    ],
  });
  await server.listen();
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error('the development server has no address');
  const program = new Restarting(() =>
    spawn(executable, [...words, projectFolder], {
      stdio: 'inherit',
      env: electronEnvironment({ PLATTER_DEVELOPMENT_PAGE: address }),
    }),
  );
  await watch([nodeConfig, preloadConfig], () => program.restart());
  return program;
}

/** Without a window: everything is built anew, the server is restarted, and the page says that it was cut off. */
async function developInBrowser(): Promise<Restarting> {
  const program = new Restarting(() =>
    spawn(process.execPath, [cliBundle, 'serve', '--port', '5173'], { stdio: 'inherit' }),
  );
  await watch([nodeConfig, preloadConfig, rendererConfig], () => program.restart());
  return program;
}

const words = process.argv.slice(2);
const program = await developInWindow(words).catch((error: unknown) => {
  if (!(error instanceof NoElectron)) throw error;
  process.stderr.write(`No window, since ${error.message}: serving Platter for a browser instead.\n`);
  return developInBrowser();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void program.end().then(() => process.exit(0)));
}
