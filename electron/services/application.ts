/** Facts about the host, and requests from outside the window. */
import { homedir } from 'node:os';
import type { AppInfo } from '#shared/domain/app.ts';
import type { HostAbilities } from './host.ts';
import type { Implementer } from './implementer.ts';
import type { Inbox } from './inbox.ts';

export interface ApplicationServiceParts {
  readonly host: HostAbilities;
  readonly inbox: Inbox;
  readonly libraryPath: string;
}

export function implementApplication(os: Implementer['application'], parts: ApplicationServiceParts) {
  return {
    info: os.info.handler(() => describeApplication(parts)),
    requests: os.requests.handler(({ signal }) => parts.inbox.watch(signal)),
  };
}

function describeApplication({ host, libraryPath }: ApplicationServiceParts): AppInfo {
  const { platform } = process;
  return {
    version: host.version,
    host: host.host,
    platform: platform === 'linux' || platform === 'darwin' || platform === 'win32' ? platform : 'other',
    homeFolder: homedir(),
    libraryPath,
    nativeDialogs: host.chooseFiles !== undefined && host.chooseFolder !== undefined,
    reveal: host.reveal !== undefined,
    trash: host.trash !== undefined,
    drag: host.drag !== undefined,
  };
}
