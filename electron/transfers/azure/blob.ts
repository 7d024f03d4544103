/** Blobs as plain data: their ids, what Platter notes beside them, and what people do. */
import type { CloudImage } from '#shared/domain/cloud-image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Phrase } from '#shared/in-english.ts';

/** A blob is named by its container and its own name, which may have slashes. @throws Failure `input.invalid`. */
export function splitId(id: string): { readonly container: string; readonly name: string } {
  const at = id.indexOf('/');
  if (at > 0 && at < id.length - 1) return { container: id.slice(0, at), name: id.slice(at + 1) };
  throw new Failure('input.invalid', {
    problem: inEnglish('"{id}" names no blob: it is CONTAINER/NAME', { id }),
  });
}

export const idOf = (container: string, name: string): string => `${container}/${name}`;

/** Platter's own notes: the blob is half-made, and of what. The service keeps names without regard to their case. */
const stateName = 'platter_state';
const sourceName = 'platter_source';
const halfMade = 'making';

type Metadata = Readonly<Record<string, string>>;

/** The notes beside a blob that is being made of the source with that mark. */
export function halfMadeMetadata(mark: string): Metadata {
  return { [stateName]: halfMade, [sourceName]: mark };
}

/** What Platter noted. */
export function ownMetadata(metadata: Metadata | undefined): {
  readonly isHalfMade: boolean;
  readonly mark: string | null;
} {
  const found = new Map(Object.entries(metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return { isHalfMade: found.get(stateName) === halfMade, mark: found.get(sourceName) ?? null };
}

/** Names as the service takes them. @throws Failure `input.invalid` for one that it does not, or that is Platter's own. */
export function metadataOf<T extends string | null>(
  properties: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || /^platter_/i.test(name)) {
        const problem = inEnglish('"{name}" cannot be metadata of a blob: names are letters, digits and _', {
          name,
        });
        throw new Failure('input.invalid', { problem });
      }
      // They travel as headers.
      if (value !== null && !/^[\x20-\x7e]*$/.test(value)) {
        const problem = inEnglish('the metadata "{name}" has letters that Azure does not take there', {
          name,
        });
        throw new Failure('input.invalid', { problem });
      }
      return [name.toLowerCase(), value];
    }),
  );
}

/** What lists and questions say of a blob alike. */
interface Listed {
  readonly name: string;
  readonly metadata?: Metadata | undefined;
  readonly properties: {
    readonly createdOn?: Date | undefined;
    readonly lastModified?: Date | undefined;
    readonly contentLength?: number | undefined;
    readonly contentMD5?: Uint8Array | undefined;
    readonly blobType?: string | undefined;
    readonly accessTier?: string | undefined;
    readonly leaseState?: string | undefined;
  };
}

/** The image that a blob is. */
export function imageOf(container: string, { name, properties, metadata = {} }: Listed): CloudImage {
  const { isHalfMade } = ownMetadata(metadata);
  const { blobType, leaseState, accessTier, contentMD5 } = properties;
  const fact = (label: string, value: string | Phrase | undefined): CloudImage['facts'] =>
    value === undefined || value === '' ? [] : [{ label, value }];
  const extension = /\.([A-Za-z0-9]{1,10})$/.exec(name)?.[1]?.toLowerCase() ?? null;
  const changed = properties.lastModified?.toISOString() ?? '';
  return {
    kind: 'object',
    id: idOf(container, name),
    name,
    status: isHalfMade ? 'half-made' : 'there',
    isComplete: !isHalfMade,
    diskFormat: extension ?? (blobType === 'PageBlob' ? 'vhd' : null),
    sizeBytes: properties.contentLength ?? null,
    isProtected: leaseState === 'leased',
    tags: [],
    hash:
      contentMD5 === undefined || contentMD5.length !== 16
        ? null
        : { algorithm: 'md5', value: Buffer.from(contentMD5).toString('hex') },
    createdAt: properties.createdOn?.toISOString() ?? changed,
    updatedAt: changed,
    facts: [
      ...fact(inEnglish('Container'), container),
      ...fact(inEnglish('Kind'), blobType === undefined ? undefined : kindWords[blobType]),
      ...fact(inEnglish('Tier'), accessTier),
      ...fact(
        inEnglish('Lease'),
        leaseState === 'leased' ? inEnglish('held: a disk or another program uses it', {}) : undefined,
      ),
    ],
    properties: Object.fromEntries(Object.entries(metadata).filter(([key]) => !/^platter_/i.test(key))),
    record: null,
  };
}

const kindWords: Readonly<Record<string, Phrase>> = {
  PageBlob: inEnglish('page blob', {}),
  BlockBlob: inEnglish('block blob', {}),
  AppendBlob: inEnglish('append blob', {}),
};
