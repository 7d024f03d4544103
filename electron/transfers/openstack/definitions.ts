/** What a cloud itself says that an image's properties can be: Glance's metadata definitions, for images alone. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { fieldsOfNamespace } from '../../clouds/openstack/metadefs.ts';
import type { Glance } from './glance.ts';

/** More namespaces than any cloud has. */
const mostNamespaces = 200;
const ofImages = encodeURIComponent('OS::Glance::Image');

/**
 * The fields of all namespaces that are for images, each once, with the prefixes that images use. Empty where the cloud has no
 * definitions. @throws Failure `cloud.*`.
 */
export async function readDefinitions(
  glance: Glance,
  signal?: AbortSignal,
): Promise<readonly MetadataField[]> {
  const names = await namespaces(glance, signal);
  const answers = await Promise.all(
    names.map((name) =>
      glance.answer(`/v2/metadefs/namespaces/${encodeURIComponent(name)}?resource_type=${ofImages}`, signal),
    ),
  );
  const fields = new Map<string, MetadataField>();
  for (const field of answers.flatMap(fieldsOfNamespace)) {
    if (!fields.has(field.name)) fields.set(field.name, field);
  }
  return [...fields.values()];
}

async function namespaces(glance: Glance, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const found: string[] = [];
  let next: string | undefined = `/v2/metadefs/namespaces?resource_types=${ofImages}&limit=50`;
  while (next !== undefined && found.length < mostNamespaces) {
    const page = (await glance.answer(next, signal)) as {
      namespaces?: readonly { namespace?: unknown }[];
      next?: unknown;
    } | null;
    for (const { namespace } of page?.namespaces ?? []) {
      if (typeof namespace === 'string') found.push(namespace);
    }
    next = typeof page?.next === 'string' && page.next.startsWith('/v2/metadefs/') ? page.next : undefined;
  }
  return found;
}
