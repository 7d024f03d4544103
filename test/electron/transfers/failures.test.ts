/** What goes wrong with an account, at each cloud: the failure's code, and words that say what is wrong and what to do. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { AccountSettings, CloudAccess } from '#shared/domain/cloud-account.ts';
import type { FailureCode } from '#shared/failure.ts';
import { Failure } from '#shared/failure.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { transferCloud, transferClouds } from '../../../electron/transfers/registry.ts';
import { describeWith } from '../../setup/tools.ts';
import { scratchFolder } from '../engine/scratch.ts';

const folder = scratchFolder();
/** Nobody listens on the port for discarding, or may. */
const nobody = 'http://127.0.0.1:9';

/** An account at each cloud, whose services are all at one address. */
const accounts: Readonly<Record<string, (address: string) => AccountSettings>> = {
  openstack: (address) => ({
    authUrl: `${address}/v3`,
    authentication: 'password',
    username: 'admin',
    userDomain: 'Default',
    projectName: 'admin',
    projectDomain: 'Default',
    interface: 'public',
  }),
  s3: (endpoint) => ({ endpoint, bucket: 'images', region: 'lab', credentials: 'keys', accessKeyId: 'ME' }),
  aws: (address) => ({
    credentials: 'keys',
    accessKeyId: 'ME',
    region: 'eu-test-1',
    ebsEndpoint: address,
    ec2Endpoint: address,
  }),
  azure: (address) => ({ proof: 'key', account: 'store', endpoint: address, container: '' }),
  google: (address) => ({
    project: 'project',
    bucket: 'images',
    credentials: 'usual',
    storageEndpoint: address,
    computeEndpoint: address,
  }),
};

const secret = Buffer.from('not the right one').toString('base64');
const accessTo = (cloud: string, address: string): CloudAccess => ({
  name: 'lab',
  cloud,
  secret,
  settings: accounts[cloud]!(address),
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}
const json = (status: number, body: object): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});
const xml = (status: number, body: string): Answer => ({
  status,
  type: 'application/xml',
  body: `<?xml version="1.0" encoding="UTF-8"?>${body}`,
});
const s3Error = (status: number, code: string, message: string): Answer =>
  xml(status, `<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
const ec2Error = (status: number, code: string, message: string): Answer =>
  xml(
    status,
    `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`,
  );
const googleError = (code: number, reason: string, message: string): Answer =>
  json(code, { error: { code, message, errors: [{ reason, message }] } });

/** As the services' references, and their sources, have the answers. */
const answers: readonly (readonly [string, string, Answer, FailureCode, RegExp])[] = [
  [
    'openstack',
    'a wrong password',
    json(401, { error: { code: 401, message: 'The request you have made requires authentication.' } }),
    'cloud.unauthorised',
    /does not accept these credentials: .*requires authentication/,
  ],
  [
    's3',
    'a wrong key',
    s3Error(403, 'SignatureDoesNotMatch', 'The signature does not match.'),
    'cloud.unauthorised',
    /does not accept these credentials: The signature does not match/,
  ],
  [
    's3',
    'a full quota',
    s3Error(403, 'QuotaExceeded', 'The quota of the user is used up.'),
    'cloud.quota',
    /quota in the cloud is used up: The quota of the user/,
  ],
  [
    's3',
    'what is not allowed',
    s3Error(403, 'AccessDenied', 'Access Denied'),
    'cloud.forbidden',
    /does not allow this account to .*: Access Denied/,
  ],
  [
    'aws',
    'a wrong key',
    ec2Error(401, 'AuthFailure', 'AWS was not able to validate the provided access credentials'),
    'cloud.unauthorised',
    /does not accept these credentials: AWS was not able to validate/,
  ],
  [
    'aws',
    'a full quota',
    ec2Error(400, 'SnapshotLimitExceeded', 'The maximum permitted snapshots has been reached.'),
    'cloud.quota',
    /quota in the cloud is used up: The maximum permitted snapshots/,
  ],
  [
    'aws',
    'what is not allowed',
    ec2Error(403, 'UnauthorizedOperation', 'You are not authorized to perform this operation.'),
    'cloud.forbidden',
    /does not allow this account to .*not authorized/,
  ],
  [
    'azure',
    'a wrong key',
    xml(
      403,
      '<Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request.</Message></Error>',
    ),
    'cloud.unauthorised',
    /does not accept these credentials/,
  ],
  [
    'azure',
    'what is not allowed',
    xml(
      403,
      '<Error><Code>AuthorizationPermissionMismatch</Code><Message>This request is not authorized.</Message></Error>',
    ),
    'cloud.forbidden',
    /does not allow this account to/,
  ],
  [
    'google',
    'a token that does not hold',
    googleError(401, 'authError', 'Invalid Credentials'),
    'cloud.unauthorised',
    /does not accept these credentials: Invalid Credentials/,
  ],
  [
    'google',
    'a full quota',
    googleError(403, 'quotaExceeded', 'Quota IMAGES exceeded.'),
    'cloud.quota',
    /quota in the cloud is used up: Quota IMAGES exceeded/,
  ],
  [
    'google',
    'what is not allowed',
    googleError(403, 'forbidden', 'The account does not have storage.objects.list access.'),
    'cloud.forbidden',
    /does not allow this account to .*storage.objects.list/,
  ],
];

async function failureOf(access: CloudAccess): Promise<Failure> {
  try {
    await transferCloud(access.cloud).check(access, AbortSignal.timeout(20_000));
  } catch (error) {
    return Failure.from(error);
  }
  throw new Error('it works');
}

function expectWords(failure: Failure, code: FailureCode, sentence: RegExp, nextStep: RegExp): void {
  expect(failure.toData()).toMatchObject({ code });
  const words = describeFailure(failure.toData());
  expect(words.sentence).toMatch(sentence);
  expect(words.nextStep).toMatch(nextStep);
  // A secret is in nobody's words.
  expect(JSON.stringify([words, failure.toData()])).not.toContain(secret);
}

describeWith('openssl', 'an account that does not work', () => {
  let secure: SecureServer;
  let plain: Server;
  let answer: Answer;
  let insecureAddress: string;
  let address: string;
  const portOf = (server: Server | SecureServer): number => (server.address() as { port: number }).port;
  beforeAll(async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const names = ['-subj', '/CN=lab', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
    execFileSync('openssl', [...kind, ...names, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    secure = createSecureServer(
      { key: readFileSync(key), cert: readFileSync(certificate) },
      (_, response) => {
        response.end();
      },
    );
    plain = createServer((request, response) => {
      request.resume();
      // Google's token, and where OpenStack's services are, come from elsewhere than what is asked for.
      if (request.url?.startsWith('/computeMetadata/') === true) {
        response.writeHead(200, { 'content-type': 'application/json', 'metadata-flavor': 'Google' });
        response.end(JSON.stringify({ access_token: 'a-token', expires_in: 3600, token_type: 'Bearer' }));
        return;
      }
      response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
    });
    for (const server of [secure, plain]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    insecureAddress = `https://127.0.0.1:${portOf(secure)}`;
    address = `http://127.0.0.1:${portOf(plain)}`;
  });
  afterAll(() => {
    for (const server of [secure, plain]) {
      server.closeAllConnections();
      server.close();
    }
  });
  beforeEach(() => {
    vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${portOf(plain)}`);
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', undefined);
    vi.stubEnv('CLOUDSDK_CONFIG', join(folder, 'none'));
    vi.stubEnv('HOME', folder);
  });
  afterEach(() => void vi.unstubAllEnvs());
  const ids = transferClouds.map(({ id }) => id);

  it.each(ids)('%s: the certificate proves nothing', async (id) => {
    const failure = await failureOf(accessTo(id, insecureAddress));
    expectWords(failure, 'cloud.untrusted', /certificate of .*127\.0\.0\.1.* is not trusted/, /CA file/);
  });

  it.each(ids)('%s: the cloud is down', async (id) => {
    const failure = await failureOf(accessTo(id, nobody));
    const sentence = /The cloud at .* does not answer \(ECONNREFUSED\)/;
    expectWords(failure, 'cloud.unreachable', sentence, /address, the network and any VPN/);
  });

  const steps: Partial<Record<FailureCode, RegExp>> = {
    'cloud.unauthorised': /Check who the account says you are/,
    'cloud.forbidden': /another project or account/,
    'cloud.quota': /Delete images there that nobody needs/,
  };
  it.each(answers)('%s: %s', async (id, _, said, code, sentence) => {
    answer = said;
    expectWords(await failureOf(accessTo(id, address)), code, sentence, steps[code]!);
  });
});
