/** Takes the ports that the page asks for, after a look at who asks. */
import { ipcMain, type MessagePortMain, type WebFrameMain } from 'electron';
import type { Page } from './page.ts';

/** Calls `connect` with each port that the page's own main frame sends; closes all others. */
export function acceptPorts(page: Page, connect: (port: MessagePortMain) => void): void {
  ipcMain.on('platter:port', (event) => {
    const [port, ...others] = event.ports;
    for (const other of others) other.close();
    if (port === undefined) return;
    if (!isPage(event.senderFrame, page)) {
      port.close();
      return;
    }
    connect(port);
    port.start();
  });
}

/** A frame that is gone, or lies within another, is not the page. */
function isPage(frame: WebFrameMain | null, page: Page): boolean {
  return frame !== null && frame.parent === null && page.owns(frame.url);
}
