/** Gives the page one raw port to the main process and the paths of dropped files; what is said over the port it does not know. */
import { contextBridge, ipcRenderer, webUtils } from 'electron';

/** The little of the page's world that this script touches; the project has no DOM types. */
interface Page {
  readonly location: { readonly origin: string };
  addEventListener(type: 'message', listener: (event: { source: unknown; data: unknown }) => void): void;
  postMessage(message: string, targetOrigin: string, transfer: readonly unknown[]): void;
}
interface PortPair {
  readonly port1: Parameters<typeof ipcRenderer.postMessage>[2] extends (infer P)[] | undefined ? P : never;
  readonly port2: PortPair['port1'];
}
declare const window: Page;
declare const MessageChannel: new () => PortPair;

type PageFile = Parameters<typeof webUtils.getPathForFile>[0];

window.addEventListener('message', (event) => {
  if (event.source !== window || event.data !== 'platter:ready') return;
  const { port1, port2 } = new MessageChannel();
  ipcRenderer.postMessage('platter:port', null, [port2]);
  window.postMessage('platter:port', window.location.origin, [port1]);
});

contextBridge.exposeInMainWorld('platterShell', {
  host: 'desktop',
  /** The path of a file that was dropped or chosen; '' for one that was made in the page. */
  pathForFile(file: PageFile): string {
    // Electron before 29 has no webUtils; there a File knows its path.
    const hasPaths = (webUtils as typeof webUtils | undefined) !== undefined;
    return hasPaths ? webUtils.getPathForFile(file) : ((file as { path?: string }).path ?? '');
  },
});
