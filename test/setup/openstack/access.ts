// Accounts at the real OpenStack of the tests.
import type { OpenStackAccess, OpenStackSettings } from '../../../electron/transfers/openstack/settings.ts';
import type { RealOpenStack } from './cloud.ts';

export function adminAccess(
  cloud: RealOpenStack,
  settings: Partial<OpenStackSettings> = {},
): OpenStackAccess {
  return {
    name: 'lab',
    cloud: 'openstack',
    secret: cloud.password,
    settings: {
      authUrl: cloud.authUrl,
      authentication: 'password',
      username: 'admin',
      userId: null,
      userDomain: 'Default',
      projectName: 'admin',
      projectId: null,
      projectDomain: 'Default',
      applicationCredentialId: null,
      applicationCredentialName: null,
      region: cloud.region,
      interface: 'public',
      imageEndpoint: null,
      caFile: null,
      insecure: false,
      ...settings,
    },
  };
}
