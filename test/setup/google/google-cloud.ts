// As much of Cloud Storage, Compute Engine and the metadata server as an upload needs, after their references, and strict.
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';

export interface StoredFile {
  readonly bytes: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface GoogleCloud {
  readonly address: string;
  /** `host:port` of the metadata server, which gives tokens. */
  readonly metadataHost: string;
  /** By their names, in the one bucket. */
  readonly objects: Map<string, StoredFile>;
  readonly images: Map<string, Readonly<Record<string, unknown>>>;
  /** Those that still take bytes. */
  readonly openSessions: ReadonlySet<string>;
  /** What broke the protocol, in words: to be empty. */
  readonly breaches: readonly string[];
  /** As after a week. */
  endSessions(): void;
  /** The next images come to nothing, for that reason. */
  failImages(message: string | null): void;
  close(): Promise<void>;
}

interface Session {
  readonly name: string;
  readonly totalBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  bytes: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

export const bucket = 'images-of-the-test';
export const project = 'project-of-the-test';
const granule = 256 << 10;

export async function startGoogleCloud(): Promise<GoogleCloud> {
  const state = new State();
  const server = createServer((incoming, outgoing) => {
    void bodyOf(incoming).then((body) => {
      const { status, headers = {}, json } = state.answer(incoming, body);
      outgoing.writeHead(status, {
        'content-type': 'application/json',
        'metadata-flavor': 'Google',
        ...headers,
      });
      outgoing.end(json === undefined ? '' : JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    address: `http://127.0.0.1:${port}`,
    metadataHost: `127.0.0.1:${port}`,
    objects: state.objects,
    images: state.images,
    get openSessions() {
      const open = [...state.sessions].filter(([, { bytes, totalBytes }]) => bytes.length < totalBytes);
      return new Set(open.map(([id]) => id));
    },
    breaches: state.breaches,
    endSessions: () => state.sessions.clear(),
    failImages: (message) => (state.imageProblem = message),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

const refusal = (code: number, message: string, reason = ''): Answer => ({
  status: code,
  json: { error: { code, message, errors: [{ reason, message }] } },
});

class State {
  readonly objects = new Map<string, StoredFile>();
  readonly images = new Map<string, Readonly<Record<string, unknown>>>();
  readonly sessions = new Map<string, Session>();
  readonly breaches: string[] = [];
  readonly #operations = new Map<string, { looks: number; done: () => object | null }>();
  /** The operations that make images, by those. */
  readonly #makings = new Map<string, string>();
  imageProblem: string | null = null;

  answer({ method = '', url = '', headers }: IncomingMessage, body: Buffer): Answer {
    const { pathname, searchParams } = new URL(url, 'http://google');
    if (pathname.startsWith('/computeMetadata/')) return this.#metadata(pathname, headers['metadata-flavor']);
    const session = searchParams.get('upload_id');
    // The session's address is the permission: no token goes there.
    if (session !== null)
      return this.#inSession(method, session, String(headers['content-range'] ?? ''), body);
    if (headers.authorization !== 'Bearer a-token') return refusal(401, 'Invalid Credentials', 'authError');
    const path = decodeURIComponent(pathname);
    if (path.startsWith('/upload/storage/v1/b/')) return this.#begin(path, searchParams, headers, body);
    if (path.startsWith('/storage/v1/b/')) return this.#object(method, path);
    if (path.startsWith(`/compute/v1/projects/${project}/global/`)) return this.#compute(method, path, body);
    return this.#breach(`${method} ${path}`);
  }

  #breach(problem: string): Answer {
    this.breaches.push(problem);
    return refusal(400, problem, 'invalid');
  }

  #metadata(path: string, flavor: unknown): Answer {
    if (flavor !== 'Google') return this.#breach('no Metadata-Flavor');
    if (path.endsWith('/token')) {
      return { status: 200, json: { access_token: 'a-token', expires_in: 3600, token_type: 'Bearer' } };
    }
    return { status: 200, json: path.includes('universe') ? undefined : {} };
  }

  #begin(path: string, query: URLSearchParams, headers: IncomingMessage['headers'], body: Buffer): Answer {
    if (path !== `/upload/storage/v1/b/${bucket}/o`)
      return refusal(404, 'The specified bucket does not exist.', 'notFound');
    const name = query.get('name') ?? '';
    if (query.get('uploadType') !== 'resumable' || name === '') return this.#breach('no resumable upload');
    if (query.get('ifGenerationMatch') === '0' && this.objects.has(name)) {
      return refusal(
        412,
        'At least one of the pre-conditions you specified did not hold.',
        'conditionNotMet',
      );
    }
    const { metadata } = JSON.parse(body.toString()) as { metadata: Record<string, string> };
    const id = randomUUID();
    const totalBytes = Number(headers['x-upload-content-length']);
    this.sessions.set(id, { name, totalBytes, metadata, bytes: Buffer.alloc(0) });
    const location = `http://${headers.host}/upload/storage/v1/b/${bucket}/o?uploadType=resumable&upload_id=${id}`;
    return { status: 200, headers: { location } };
  }

  #inSession(method: string, id: string, range: string, body: Buffer): Answer {
    const session = this.sessions.get(id);
    if (session === undefined) return { status: 410 };
    if (method === 'DELETE') {
      this.sessions.delete(id);
      return { status: 499 };
    }
    const [, first, last, total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(range) ?? [];
    if (Number(total) !== session.totalBytes) return this.#breach(`the range ${range}`);
    if (first !== undefined) {
      if (Number(first) !== session.bytes.length)
        return this.#breach(`${range}: ${session.bytes.length} are there`);
      if (body.length !== Number(last) - Number(first) + 1)
        return this.#breach(`${range} with ${body.length} bytes`);
      const isLast = Number(last) + 1 === session.totalBytes;
      if (!isLast && body.length % granule !== 0) return this.#breach(`a piece of ${body.length} bytes`);
      session.bytes = Buffer.concat([session.bytes, body]);
    }
    const { bytes, name, metadata, totalBytes } = session;
    if (bytes.length < totalBytes) {
      return { status: 308, headers: bytes.length === 0 ? {} : { range: `bytes=0-${bytes.length - 1}` } };
    }
    this.objects.set(name, { bytes, metadata });
    return { status: 200, json: described(name, { bytes, metadata }) };
  }

  #object(method: string, path: string): Answer {
    const name = /^\/storage\/v1\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(path);
    if (name?.[1] !== bucket) return refusal(404, 'The specified bucket does not exist.', 'notFound');
    if (name[2] === undefined) return { status: 200, json: { items: [] } };
    const file = this.objects.get(name[2]);
    if (file === undefined) return refusal(404, 'No such object', 'notFound');
    if (method === 'DELETE') {
      this.objects.delete(name[2]);
      return { status: 204 };
    }
    return { status: 200, json: described(name[2], file) };
  }

  #compute(method: string, path: string, body: Buffer): Answer {
    const [, kind, name, call] = /\/global\/(images|operations)(?:\/([^/]+))?(?:\/(wait))?$/.exec(path) ?? [];
    if (kind === 'operations' && call === 'wait' && method === 'POST') return this.#wait(name!);
    if (kind !== 'images') return this.#breach(`${method} ${path}`);
    if (name === undefined && method === 'GET')
      return { status: 200, json: { items: [...this.images.values()] } };
    if (name === undefined)
      return this.#insert(JSON.parse(body.toString()) as Readonly<Record<string, unknown>>);
    // Time passes while somebody looks.
    if (method === 'GET' && this.#makings.has(name)) this.#wait(this.#makings.get(name)!);
    const image = this.images.get(name);
    if (image === undefined) return refusal(404, `The resource '${name}' was not found`, 'notFound');
    if (method === 'GET') return { status: 200, json: image };
    return this.#begun(() => {
      this.images.delete(name);
      return null;
    });
  }

  #insert(image: Readonly<Record<string, unknown>>): Answer {
    const source = (image['rawDisk'] as { source: string }).source;
    const key = decodeURIComponent(source.replace(`https://storage.googleapis.com/${bucket}/`, ''));
    if (!this.objects.has(key)) return this.#breach(`an image of ${source}, which is not there`);
    if (!key.endsWith('.tar.gz')) return this.#breach('an image of what is no tar.gz');
    const name = String(image['name']);
    this.images.set(name, { ...image, status: 'PENDING', creationTimestamp: '2026-11-29T10:00:00Z' });
    const begun = this.#begun(() => {
      this.images.delete(name);
      if (this.imageProblem !== null)
        return { errors: [{ code: 'INVALID_IMAGE', message: this.imageProblem }] };
      if (!this.objects.has(key)) this.breaches.push(`${key} went while an image was made of it`);
      this.images.set(name, {
        ...image,
        status: 'READY',
        creationTimestamp: '2026-11-29T10:00:00Z',
        diskSizeGb: '1',
      });
      return null;
    });
    this.#makings.set(name, (begun.json as { name: string }).name);
    return begun;
  }

  #begun(done: () => object | null): Answer {
    const name = `operation-${randomUUID()}`;
    this.#operations.set(name, { looks: 2, done });
    return { status: 200, json: { name, status: 'RUNNING' } };
  }

  #wait(name: string): Answer {
    const operation = this.#operations.get(name);
    if (operation === undefined) return refusal(404, 'no such operation', 'notFound');
    if (--operation.looks > 0) return { status: 200, json: { name, status: 'RUNNING' } };
    const error = operation.looks === 0 ? operation.done() : null;
    return { status: 200, json: { name, status: 'DONE', ...(error !== null && { error }) } };
  }
}

function described(name: string, { bytes, metadata }: StoredFile): object {
  const md5Hash = createHash('md5').update(bytes).digest('base64');
  return { name, size: String(bytes.length), md5Hash, metadata };
}
