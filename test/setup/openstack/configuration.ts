// The configuration files of the real Keystone and Glance, all of whose state lies in one folder.
import { join } from 'node:path';

export interface Settings {
  readonly folder: string;
  readonly keystonePort: number;
  readonly glancePort: number;
  /** How long a token holds. */
  readonly tokenSeconds: number;
  /** What one person's images may take together. */
  readonly quotaBytes: number;
  /** Where web-download may fetch from, besides 80 and 443. */
  readonly downloadPort: number;
}

export const adminPassword = 'a-password-of-the-tests';
export const region = 'TestRegion';

export function keystoneConfiguration({ folder, tokenSeconds }: Settings): string {
  return `[DEFAULT]
log_file = ${join(folder, 'keystone.log')}
[database]
connection = sqlite:///${join(folder, 'keystone.db')}
[token]
provider = fernet
expiration = ${tokenSeconds}
allow_expired_window = 0
[identity]
password_hash_rounds = 4
[fernet_tokens]
key_repository = ${join(folder, 'fernet')}
[credential]
key_repository = ${join(folder, 'credential')}
`;
}

export function glanceConfiguration(settings: Settings): string {
  const { folder, keystonePort, glancePort, quotaBytes, downloadPort } = settings;
  return `[DEFAULT]
log_file = ${join(folder, 'glance.log')}
bind_host = 127.0.0.1
bind_port = ${glancePort}
workers = 0
enabled_backends = fs:file, second:file
enabled_import_methods = [glance-direct,web-download,copy-image]
user_storage_quota = ${quotaBytes}
lock_path = ${join(folder, 'locks')}
[database]
connection = sqlite:///${join(folder, 'glance.db')}
[glance_store]
default_backend = fs
[fs]
filesystem_store_datadir = ${join(folder, 'images')}
[second]
filesystem_store_datadir = ${join(folder, 'second')}
[os_glance_staging_store]
filesystem_store_datadir = ${join(folder, 'staging')}
[os_glance_tasks_store]
filesystem_store_datadir = ${join(folder, 'tasks')}
[import_filtering_opts]
allowed_hosts = [127.0.0.1]
allowed_ports = [80,443,${downloadPort}]
[paste_deploy]
flavor = keystone
config_file = ${join(folder, 'glance-paste.ini')}
[oslo_concurrency]
lock_path = ${join(folder, 'locks')}
[keystone_authtoken]
www_authenticate_uri = http://127.0.0.1:${keystonePort}
auth_url = http://127.0.0.1:${keystonePort}
auth_type = password
username = admin
password = ${adminPassword}
project_name = admin
user_domain_name = Default
project_domain_name = Default
token_cache_time = -1
`;
}

/** As the package has it, without the filters that nothing here asks for. Its own file is for the service's user only. */
export const glancePaste = `[pipeline:glance-api-keystone]
pipeline = versionnegotiation authtoken context rootapp
[composite:rootapp]
paste.composite_factory = glance.api:root_app_factory
/: apiversions
/v2: apiv2app
[app:apiversions]
paste.app_factory = glance.api.versions:create_resource
[app:apiv2app]
paste.app_factory = glance.api.v2.router:API.factory
[filter:versionnegotiation]
paste.filter_factory = glance.api.middleware.version_negotiation:VersionNegotiationFilter.factory
[filter:context]
paste.filter_factory = glance.api.middleware.context:ContextMiddleware.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
delay_auth_decision = true
`;
