/** What a VMDK says of its parent, and whether that is the one: content ids of VMware, UUIDs of VirtualBox. */
import type { FileReference } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { OpenContext } from '../driver.ts';
import { otherUuid } from '../uuids.ts';
import type { Descriptor } from './descriptor.ts';
import { descriptorOrNull } from './descriptor-place.ts';
import { format } from './layout.ts';

/** A content id of all ones: there is no parent. */
const noParent = 0xffffffff;
const zeroUuid = /^[0-]*$/;

/** How a descriptor identifies its parent. */
interface ParentIds {
  /** Null where VMware's content id says nothing: VirtualBox leaves it alone. */
  readonly contentId: number | null;
  readonly uuid: string | null;
  readonly modificationUuid: string | null;
}

/** The content id that children know the disk by: eight hexadecimal digits; null where the descriptor has none. */
export function contentIdOf(descriptor: Descriptor): string | null {
  const id = parseContentId(descriptor.values.get('cid'));
  return id === null ? null : id.toString(16).padStart(8, '0');
}

/** The UUID that VirtualBox's children know the disk by; null where it has none. */
export function imageUuidOf({ values }: Descriptor): string | null {
  return uuidOf(values.get('ddb.uuid.image'));
}

/** What the disk says of its parent, which nobody has looked for: a name, or the UUID of one that has none. */
export function statedParent(
  descriptor: Descriptor,
): { readonly name: string | null; readonly identity: string | null } | null {
  const ids = parentIds(descriptor);
  if (ids === null) return null;
  return { name: descriptor.values.get('parentfilenamehint') || null, identity: ids.uuid };
}

/** Whether the disk stands on another one. */
export function hasParent(descriptor: Descriptor): boolean {
  return parentIds(descriptor) !== null;
}

/**
 * The parent that the disk needs, null when it needs none. VirtualBox names parents by UUID only: they are looked for
 * beside `file`.
 * @throws Failure `image.parent-missing` where there is no name, and none is found.
 */
export function parentReference(
  file: ByteSource,
  descriptor: Descriptor,
  context: OpenContext,
): FileReference | null {
  const ids = parentIds(descriptor);
  if (ids === null) return null;
  const hint = descriptor.values.get('parentfilenamehint') ?? '';
  if (hint !== '') return { name: hint, format };
  const found = context.findBeside?.((candidate) => {
    const other = descriptorOrNull(candidate);
    return other !== null && mismatch(ids, other) === null;
  });
  if (found !== undefined && found !== null) return { name: found, format };
  const reference = ids.uuid ?? `CID ${descriptor.values.get('parentcid') ?? ''}`;
  throw new Failure('image.parent-missing', { path: file.path, reference });
}

/** @throws Failure `image.parent-mismatch` unless `parent` is what the disk of `descriptor` was made over. */
export function requireParent(
  descriptor: Descriptor,
  path: string,
  parent: Descriptor | null,
  parentName: string,
): void {
  const ids = parentIds(descriptor);
  if (ids === null) return;
  const problem = parent === null ? inEnglish('it is no VMDK') : mismatch(ids, parent);
  if (problem !== null) throw new Failure('image.parent-mismatch', { path, parent: parentName, problem });
}

function parentIds({ values }: Descriptor): ParentIds | null {
  const contentId = parseContentId(values.get('parentcid'));
  const uuid = uuidOf(values.get('ddb.uuid.parent'));
  const byContent = values.has('parentcid') && contentId !== noParent;
  if (!byContent && uuid === null) return null;
  return {
    contentId: byContent ? (contentId ?? Number.NaN) : null,
    uuid,
    modificationUuid: uuidOf(values.get('ddb.uuid.parentmodification')),
  };
}

/** Why the disk of that descriptor is not the parent; null when it is. */
function mismatch(ids: ParentIds, { values }: Descriptor): Message | null {
  if (ids.contentId !== null) return contentMismatch(ids.contentId, values.get('cid'));
  const uuid = uuidOf(values.get('ddb.uuid.image'));
  if (ids.uuid !== null && uuid !== ids.uuid) return otherUuid(uuid, ids.uuid);
  const modification = uuidOf(values.get('ddb.uuid.modification'));
  // Where one of them recorded nothing there is nothing to compare.
  if (ids.modificationUuid === null || modification === null || modification === ids.modificationUuid)
    return null;
  return inEnglish('it was written to since: its modification UUID is {uuid}, not {expected}', {
    uuid: modification,
    expected: ids.modificationUuid,
  });
}

/** `noted`: not a number where what the child notes cannot be read. */
function contentMismatch(noted: number, contentId: string | undefined): Message | null {
  if (parseContentId(contentId) === noted) return null;
  if (Number.isNaN(noted)) return inEnglish('the content ID that is noted of it cannot be read');
  const expected = noted.toString(16).padStart(8, '0');
  return contentId === undefined
    ? inEnglish('its content ID is missing; {expected} is wanted', { expected })
    : inEnglish(
        'its content ID is {contentId}, not {expected}: it was written to since, or is another disk',
        { contentId, expected },
      );
}

/** Writers differ in case and leading zeros. */
function parseContentId(text: string | undefined): number | null {
  return text !== undefined && /^[0-9a-f]{1,16}$/i.test(text) ? Number.parseInt(text, 16) : null;
}

function uuidOf(text: string | undefined): string | null {
  return text === undefined || zeroUuid.test(text) ? null : text.toLowerCase();
}
