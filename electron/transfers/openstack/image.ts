/** Glance's images as plain data, and changes of them as its JSON patch. */
import type { CloudImage, CloudImageChange } from '#shared/domain/cloud-image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';

/** An image as Glance writes it: properties stand beside what it knows by itself. */
export type ImageBody = Readonly<Record<string, unknown>>;

/** What Glance knows by itself (its schema's base properties): no property of that name can be set. */
const ownNames: ReadonlySet<string> = new Set([
  'id',
  'name',
  'status',
  'visibility',
  'protected',
  'checksum',
  'owner',
  'size',
  'virtual_size',
  'container_format',
  'disk_format',
  'created_at',
  'updated_at',
  'tags',
  'direct_url',
  'min_ram',
  'min_disk',
  'self',
  'file',
  'schema',
  'locations',
  'stores',
  'os_hidden',
  'os_hash_algo',
  'os_hash_value',
]);

/** The image that Glance's answer describes. */
export function imageOf(body: ImageBody): CloudImage {
  const word = (name: string): string | null => (typeof body[name] === 'string' ? body[name] : null);
  const amount = (name: string, unit: string): string | null =>
    typeof body[name] === 'number' && body[name] > 0 ? `${body[name]} ${unit}` : null;
  const fact = (label: string, value: string | null): CloudImage['facts'] =>
    value === null || value === '' ? [] : [{ label, value }];
  const algorithm = word('os_hash_algo');
  const digest = word('os_hash_value');
  const checksum = word('checksum');
  return {
    kind: 'image',
    id: word('id') ?? '',
    name: word('name'),
    status: word('status') ?? 'unknown',
    isComplete: body['status'] === 'active',
    diskFormat: word('disk_format'),
    sizeBytes: typeof body['size'] === 'number' ? body['size'] : null,
    isProtected: body['protected'] === true,
    tags: Array.isArray(body['tags']) ? body['tags'].map(String) : [],
    hash:
      algorithm !== null && digest !== null
        ? { algorithm, value: digest }
        : checksum === null
          ? null
          : { algorithm: 'md5', value: checksum },
    facts: [
      ...fact(inEnglish('Visibility'), word('visibility')),
      ...fact(inEnglish('Container'), word('container_format')),
      ...fact(inEnglish('Owner'), word('owner')),
      ...fact(inEnglish('Least disk'), amount('min_disk', 'GB')),
      ...fact(inEnglish('Least memory'), amount('min_ram', 'MB')),
      ...fact(inEnglish('Stores'), word('stores')),
    ],
    createdAt: word('created_at') ?? '',
    updatedAt: word('updated_at') ?? '',
    properties: Object.fromEntries(
      Object.entries(body).flatMap(([name, value]) =>
        !ownNames.has(name) && typeof value === 'string' ? [[name, value]] : [],
      ),
    ),
    record: null,
  };
}

/** @throws Failure `input.invalid` for a name that is Glance's own. */
export function requireProperties(names: Iterable<string>): void {
  for (const name of names) {
    if (!ownNames.has(name) && !name.startsWith('os_glance')) continue;
    throw new Failure('input.invalid', {
      problem: inEnglish('"{name}" is the cloud\'s own and cannot be set as a property', { name }),
    });
  }
}

type Operation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** The JSON patch (RFC 6902) from `image` to what is wanted of it. */
export function imageChangeOf(image: CloudImage, change: CloudImageChange): readonly Operation[] {
  const { name, isProtected, properties = {} } = change;
  requireProperties(Object.keys(properties));
  const own = { name, protected: isProtected };
  return [
    ...Object.entries(own).flatMap(([path, value]): Operation[] =>
      value === undefined ? [] : [{ op: 'replace', path: `/${path}`, value }],
    ),
    ...Object.entries(properties).flatMap(([path, value]): Operation[] => {
      const pointer = `/${path.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const isThere = path in image.properties;
      if (value === null) return isThere ? [{ op: 'remove', path: pointer }] : [];
      return [{ op: isThere ? 'replace' : 'add', path: pointer, value }];
    }),
  ];
}
