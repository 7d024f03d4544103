// EBS direct and as much of EC2 as an upload needs, after their API references: strict about signatures, digests, counts and order.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface StoredSnapshot {
  readonly id: string;
  readonly gibibytes: number;
  readonly description: string;
  readonly token: string;
  readonly tags: Readonly<Record<string, string>>;
  /** By their index. */
  readonly blocks: Map<number, Buffer>;
  state: 'pending' | 'completed' | 'error';
  /** It is sealed, and will be completed when it has been looked at so often. */
  looksLeft: number | null;
}

export interface StoredImage {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface EbsDirect {
  readonly address: string;
  readonly accessKeyId: string;
  readonly snapshots: ReadonlyMap<string, StoredSnapshot>;
  readonly images: ReadonlyMap<string, StoredImage>;
  /** What broke the protocol, in words: to be empty. */
  readonly breaches: readonly string[];
  close(): Promise<void>;
}

const blockBytes = 524_288;
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** What the service answers in place of a success. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly reason: string;

  constructor(status: number, code: string, message: string, reason = '') {
    super(message);
    this.status = status;
    this.code = code;
    this.reason = reason;
  }
}

export async function startEbsDirect(): Promise<EbsDirect> {
  const snapshots = new Map<string, StoredSnapshot>();
  const images = new Map<string, StoredImage>();
  const breaches: string[] = [];
  const accessKeyId = 'AKIDEXAMPLE';
  const service = new Service(snapshots, images);
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const isEc2 = incoming.method === 'POST' && incoming.url === '/';
    try {
      requireSigned(incoming, isEc2 ? 'ec2' : 'ebs', accessKeyId);
      if (isEc2) {
        const xml = service.ec2(new URLSearchParams(body.toString()));
        outgoing.writeHead(200, { 'content-type': 'text/xml' }).end(xml);
      } else {
        const { status, headers, json } = service.ebs(incoming, body);
        outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
        outgoing.end(JSON.stringify(json));
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status < 401) breaches.push(`${error.code}: ${error.message}`);
      if (isEc2) {
        outgoing.writeHead(error.status, { 'content-type': 'text/xml' });
        outgoing.end(
          `<Response><Errors><Error><Code>${error.code}</Code><Message>${error.message}</Message></Error></Errors></Response>`,
        );
      } else {
        outgoing.writeHead(error.status, {
          'x-amzn-errortype': error.code,
          'content-type': 'application/json',
        });
        outgoing.end(JSON.stringify({ Message: error.message, Reason: error.reason }));
      }
    }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    accessKeyId,
    snapshots,
    images,
    breaches,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Signature Version 4 names the key, the day, the region and the service, and what it signs. */
function requireSigned({ headers }: IncomingMessage, service: string, accessKeyId: string): void {
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([a-z0-9-]+)\/([a-z0-9]+)\/aws4_request, SignedHeaders=([^,]+), Signature=[0-9a-f]{64}$/.exec(
      headers.authorization ?? '',
    );
  if (found === null) throw new Refusal(403, 'MissingAuthenticationTokenException', 'it is not signed');
  const [, key, region, scope, signed] = found;
  if (region !== 'eu-test-1' || scope !== service) {
    throw new Refusal(400, 'InvalidSignatureException', `signed for ${scope} in ${region}`);
  }
  if (headers['x-amz-checksum'] !== undefined && !signed!.split(';').includes('x-amz-checksum')) {
    throw new Refusal(400, 'InvalidSignatureException', 'the digest is not among what is signed');
  }
  if (key !== accessKeyId) {
    const code = service === 'ec2' ? 'AuthFailure' : 'UnrecognizedClientException';
    throw new Refusal(
      service === 'ec2' ? 401 : 403,
      code,
      'The security token included in the request is invalid.',
    );
  }
}

class Service {
  readonly #snapshots: Map<string, StoredSnapshot>;
  readonly #images: Map<string, StoredImage>;

  constructor(snapshots: Map<string, StoredSnapshot>, images: Map<string, StoredImage>) {
    this.#snapshots = snapshots;
    this.#images = images;
  }

  ebs({ method, url = '', headers }: IncomingMessage, body: Buffer) {
    const path = new URL(url, 'http://ebs').pathname;
    const header = (name: string): string => String(headers[name.toLowerCase()] ?? '');
    if (method === 'POST' && path === '/snapshots') return this.#start(JSON.parse(body.toString()) as Start);
    const seal = /^\/snapshots\/completion\/(snap-\w+)$/.exec(path);
    if (method === 'POST' && seal !== null) return this.#complete(this.#pending(seal[1]!), header);
    const put = /^\/snapshots\/(snap-\w+)\/blocks\/(\d+)$/.exec(path);
    if (method === 'PUT' && put !== null) {
      return putBlock(this.#pending(put[1]!), Number(put[2]), body, header);
    }
    throw new Refusal(400, 'ValidationException', `${method} ${path} is no call of EBS direct`);
  }

  #start({ VolumeSize, Description = '', ClientToken = '', Tags = [] }: Start) {
    if (!Number.isInteger(VolumeSize) || VolumeSize < 1 || VolumeSize > 65_536) {
      throw new Refusal(400, 'ValidationException', `a volume of ${VolumeSize} GiB`, 'INVALID_VOLUME_SIZE');
    }
    if (ClientToken === '') throw new Refusal(400, 'ValidationException', 'no ClientToken');
    let snapshot = [...this.#snapshots.values()].find(({ token }) => token === ClientToken);
    if (snapshot === undefined) {
      const id = `snap-${String(this.#snapshots.size + 1).padStart(17, '0')}`;
      const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
      snapshot = {
        id,
        gibibytes: VolumeSize,
        description: Description,
        token: ClientToken,
        tags,
        blocks: new Map(),
        state: 'pending',
        looksLeft: null,
      };
      this.#snapshots.set(id, snapshot);
    }
    const json = {
      SnapshotId: snapshot.id,
      Status: 'pending',
      BlockSize: blockBytes,
      VolumeSize,
      OwnerId: '123456789012',
      StartTime: 1_790_000_000,
      Tags,
    };
    return { status: 201, headers: {}, json };
  }

  #pending(id: string): StoredSnapshot {
    const snapshot = this.#snapshots.get(id);
    if (snapshot === undefined) {
      throw new Refusal(404, 'ResourceNotFoundException', `no snapshot ${id}`, 'SNAPSHOT_NOT_FOUND');
    }
    if (snapshot.state !== 'pending' || snapshot.looksLeft !== null) {
      throw new Refusal(400, 'ValidationException', `${id} is not pending`, 'INVALID_SNAPSHOT_ID');
    }
    return snapshot;
  }

  #complete(snapshot: StoredSnapshot, header: (name: string) => string) {
    const count = Number(header('x-amz-ChangedBlocksCount'));
    if (count !== snapshot.blocks.size) {
      const problem = `${count} blocks were said, ${snapshot.blocks.size} are there`;
      throw new Refusal(400, 'ValidationException', problem, 'INVALID_PARAMETER_VALUE');
    }
    const inOrder = [...snapshot.blocks].sort(([one], [other]) => one - other);
    const total = sha256(Buffer.concat(inOrder.map(([, bytes]) => sha256(bytes)))).toString('base64');
    const method = header('x-amz-Checksum-Aggregation-Method');
    if (
      header('x-amz-Checksum') !== total ||
      header('x-amz-Checksum-Algorithm') !== 'SHA256' ||
      method !== 'LINEAR'
    ) {
      throw new Refusal(
        400,
        'ValidationException',
        'the checksum of all blocks is another',
        'INVALID_PARAMETER_VALUE',
      );
    }
    snapshot.looksLeft = 2;
    return { status: 202, headers: {}, json: { Status: 'pending' } };
  }

  ec2(query: URLSearchParams): string {
    const action = query.get('Action');
    const xml = (content: string): string =>
      `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${content}</${action}Response>`;
    switch (action) {
      case 'DescribeSnapshots':
        return xml(`<snapshotSet>${this.#describedSnapshots(query).join('')}</snapshotSet>`);
      case 'DeleteSnapshot':
        this.#requireSnapshot(query.get('SnapshotId')!);
        this.#snapshots.delete(query.get('SnapshotId')!);
        return xml('<return>true</return>');
      case 'RegisterImage':
        return xml(`<imageId>${this.#register(query)}</imageId>`);
      case 'DescribeImages':
        return xml(`<imagesSet>${this.#describedImages(query).join('')}</imagesSet>`);
      case 'DeregisterImage':
        this.#images.delete(query.get('ImageId')!);
        return xml('<return>true</return>');
      default:
        throw new Refusal(400, 'InvalidAction', `no ${action} here`);
    }
  }

  #requireSnapshot(id: string): StoredSnapshot {
    const snapshot = this.#snapshots.get(id);
    if (snapshot !== undefined) return snapshot;
    throw new Refusal(404, 'InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
  }

  #describedSnapshots(query: URLSearchParams): string[] {
    const id = query.get('SnapshotId.1');
    const all = id === null ? [...this.#snapshots.values()] : [this.#requireSnapshot(id)];
    return all
      .filter(({ tags }) => matches(query, tags))
      .map((snapshot) => {
        if (snapshot.looksLeft !== null && --snapshot.looksLeft === 0) snapshot.state = 'completed';
        return `<item><snapshotId>${snapshot.id}</snapshotId><status>${snapshot.state}</status><volumeSize>${snapshot.gibibytes}</volumeSize><description>${snapshot.description}</description><startTime>2026-11-29T10:00:00.000Z</startTime>${tagSet(snapshot.tags)}</item>`;
      });
  }

  #register(query: URLSearchParams): string {
    const fields = Object.fromEntries(query);
    const mapped = fields['BlockDeviceMapping.1.Ebs.SnapshotId'] ?? '';
    if (this.#requireSnapshot(mapped).state !== 'completed') {
      throw new Refusal(400, 'InvalidSnapshot.InUse', 'the snapshot is not completed');
    }
    if (fields['RootDeviceName'] !== fields['BlockDeviceMapping.1.DeviceName']) {
      throw new Refusal(400, 'InvalidBlockDeviceMapping', 'no mapping of the root device');
    }
    if ([...this.#images.values()].some((image) => image.fields['Name'] === fields['Name'])) {
      throw new Refusal(400, 'InvalidAMIName.Duplicate', `AMI name ${fields['Name']} is already in use`);
    }
    const id = `ami-${String(this.#images.size + 1).padStart(17, '0')}`;
    this.#images.set(id, { id, fields });
    return id;
  }

  #describedImages(query: URLSearchParams): string[] {
    const id = query.get('ImageId.1');
    return [...this.#images.values()]
      .filter((image) => id === null || image.id === id)
      .filter(({ fields }) => {
        const key = fields['TagSpecification.1.Tag.1.Key'];
        const tags = key === undefined ? {} : { [key]: fields['TagSpecification.1.Tag.1.Value']! };
        return matches(query, tags, fields['Name']);
      })
      .map(
        ({ id: imageId, fields }) =>
          `<item><imageId>${imageId}</imageId><name>${fields['Name']}</name><imageState>available</imageState><creationDate>2026-11-29T11:00:00.000Z</creationDate><architecture>${fields['Architecture']}</architecture><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><snapshotId>${fields['BlockDeviceMapping.1.Ebs.SnapshotId']}</snapshotId><volumeSize>2</volumeSize></ebs></item></blockDeviceMapping></item>`,
      );
  }
}

interface Start {
  readonly VolumeSize: number;
  readonly Description?: string;
  readonly ClientToken?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

function putBlock(snapshot: StoredSnapshot, index: number, body: Buffer, header: (name: string) => string) {
  const sum = sha256(body).toString('base64');
  const reasons = [
    body.length === blockBytes && Number(header('x-amz-Data-Length')) === blockBytes
      ? ''
      : `a block of ${body.length} bytes`,
    header('x-amz-Checksum') === sum ? '' : 'the checksum is another',
    header('x-amz-Checksum-Algorithm') === 'SHA256' ? '' : 'no algorithm',
    (index + 1) * blockBytes <= snapshot.gibibytes * 2 ** 30 ? '' : `block ${index} lies behind the end`,
  ].filter((reason) => reason !== '');
  if (reasons.length > 0) throw new Refusal(400, 'ValidationException', reasons.join(', '), 'INVALID_BLOCK');
  snapshot.blocks.set(index, body);
  return {
    status: 201,
    headers: { 'x-amz-Checksum': sum, 'x-amz-Checksum-Algorithm': 'SHA256' },
    json: {},
  };
}

/** Whether all filters of the query hold. */
function matches(query: URLSearchParams, tags: Readonly<Record<string, string>>, name?: string): boolean {
  for (let number = 1; query.has(`Filter.${number}.Name`); number++) {
    const filter = query.get(`Filter.${number}.Name`)!;
    const value = query.get(`Filter.${number}.Value.1`)!;
    const holds =
      filter === 'tag-key'
        ? value in tags
        : filter === 'name'
          ? name === value
          : tags[filter.replace(/^tag:/, '')] === value;
    if (!holds) return false;
  }
  return true;
}

function tagSet(tags: Readonly<Record<string, string>>): string {
  const items = Object.entries(tags).map(
    ([key, value]) => `<item><key>${key}</key><value>${value}</value></item>`,
  );
  return `<tagSet>${items.join('')}</tagSet>`;
}
