/** Changes in a folder as they happen, told by the system's own means. */
import type { Message } from '#shared/in-english.ts';
export interface FolderWatch {
  close(): Promise<void>;
}

/**
 * Calls `changed` with the paths of what came, went or was written below `folder`; some of them may be folders. After
 * `failed` nothing more is told. Rejects where the system cannot watch the folder.
 */
export type WatchFolder = (
  folder: string,
  changed: (paths: readonly string[]) => void,
  failed: (reason: Message) => void,
) => Promise<FolderWatch>;

/** The system's means: inotify, FSEvents, ReadDirectoryChangesW. */
export const watchFolder: WatchFolder = async (folder, changed, failed) => {
  // Loaded when it is needed: where its binary is missing, folders are scanned now and then, and all else works.
  const { subscribe } = await import('@parcel/watcher');
  const subscription = await subscribe(folder, (error, events) => {
    if (error === null) changed(events.map(({ path }) => path));
    else failed(error.message);
  });
  return { close: () => subscription.unsubscribe() };
};
