/** What a file says of other files, as a scan records it: by its own header or text, without opening any of them. */
import { lstatSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep, win32 } from 'node:path';
import type { FileBelongings, FoundReference, ReferenceRole } from '#shared/domain/parts.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { DiskDriver } from '../disks/driver.ts';
import type { MachineDriver } from '../machines/machine.ts';
import type { PackageDriver } from '../packages/driver.ts';
import { readSetName } from '../packages/machine-image-names.ts';

/** What a file says, before anything was looked for. */
export interface Said {
  readonly references: readonly {
    readonly role: ReferenceRole;
    readonly name: string;
    /** Instead of a file of that name. */
    readonly identity?: string;
    readonly optional?: boolean;
  }[];
  readonly identities?: readonly string[];
  readonly guest?: string | null;
}

/** More references than any thing has parts; what goes beyond is not recorded. */
const mostReferences = 2000;

/** `json:…`, `nbd:…`, `https://…`: what qemu hands to a protocol. A drive letter is one character long. */
const protocolName = /^[a-z][a-z0-9+.-]+:/i;

/** @throws Failure `image.*` for what the file holds. */
export function saidByDisk(file: ByteSource, driver: DiskDriver): Said | null {
  const found = driver.references?.(file);
  if (found === undefined) return null;
  const identityOf = (identity: string): string => `${driver.id}:${identity}`;
  const { parent, extents, identity } = found;
  return {
    references: [
      ...(parent === null
        ? []
        : [
            parent.name === null && parent.identity !== null
              ? {
                  role: 'parent' as const,
                  name: `{${parent.identity}}`,
                  identity: identityOf(parent.identity),
                }
              : { role: 'parent' as const, name: parent.name ?? '' },
          ]),
      ...extents.map((name) => ({ role: 'extent' as const, name })),
    ],
    identities: identity === null ? [] : [identityOf(identity)],
  };
}

/** @throws Failure `package.*`. */
export function saidByPackage(file: ByteSource, driver: PackageDriver): Said | null {
  const found = driver.references?.(file);
  if (found === undefined) return null;
  const member = (optional: boolean) => (name: string) => ({ role: 'member' as const, name, optional });
  return {
    references: [...found.files.map(member(false)), ...found.optional.map(member(true))],
    guest: found.guest,
  };
}

/** @throws Failure `package.malformed`. */
export function saidByMachine(file: ByteSource, driver: MachineDriver): Said {
  const { disks, media, state, guest } = driver.read(file);
  return {
    references: [
      ...disks.map((name) => ({ role: 'disk' as const, name })),
      ...media.map((name) => ({ role: 'medium' as const, name })),
      ...state.map((name) => ({ role: 'state' as const, name, optional: true })),
    ],
    guest,
  };
}

/** A kernel or RAM disk belongs to the machine image beside it whose name begins alike. */
export function saidByName(path: string, kind: 'kernel' | 'ramdisk' | 'image'): Said | null {
  const { role, stem } = readSetName(basename(path));
  if (role !== kind || stem === '') return null;
  const identity = `set:${join(dirname(path), stem)}`;
  if (kind === 'image') return { references: [], identities: [identity] };
  return { references: [{ role: `${kind}-of`, name: `${stem}…`, identity }] };
}

/** `disk.img.002`: a piece of what begins in `disk.img.001`, or `.000`. */
const numbered = /^(.+)\.(\d{3,4})$/;

/** What the name of a file says of one that was cut into pieces. */
export function saidOfPieces(path: string): Said | null {
  const [, stem, digits = ''] = numbered.exec(basename(path)) ?? [];
  if (stem === undefined || Number(digits) > mostReferences) return null;
  const identity = `pieces:${join(dirname(path), `${stem}.${'#'.repeat(digits.length)}`)}`;
  const isFirst =
    Number(digits) === 0 ||
    (Number(digits) === 1 && !isThere(join(dirname(path), `${stem}.${'0'.repeat(digits.length)}`)));
  return isFirst
    ? { references: [], identities: [identity] }
    : { references: [{ role: 'piece-of', name: stem, identity }] };
}

/** All of it, with paths, and whether what lies around the file is there. Null where nothing was said. */
export function belongingsOf(
  path: string,
  said: readonly (Said | null)[],
): Omit<FileBelongings, 'sums'> | null {
  const all = said.filter((one) => one !== null);
  const seen = new Set<string>();
  const references = all
    .flatMap((one) => one.references)
    .map((one) => referenceOf(path, one))
    .filter(({ role, name }) => {
      const key = `${role} ${name}`;
      return seen.has(key) ? false : seen.add(key);
    })
    .slice(0, mostReferences);
  const identities = all.flatMap((one) => one.identities ?? []);
  const guest = all.map((one) => one.guest ?? null).find((one) => one !== null) ?? null;
  return references.length === 0 && identities.length === 0 && guest === null
    ? null
    : { references, identities, guest };
}

function referenceOf(
  path: string,
  { role, name, identity, optional = false }: Said['references'][number],
): FoundReference {
  const base = { role, name, required: !optional };
  if (identity !== undefined) return { ...base, target: identity, found: null };
  const target = targetOf(path, name);
  return { ...base, target, found: target === null || !isAround(path, target) ? null : isThere(target) };
}

/** The path that a name in the file at `path` means; null for what is no file of this machine. */
export function targetOf(path: string, name: string): string | null {
  if (name === '' || name.length > 4096 || name.includes('\0') || protocolName.test(name)) return null;
  const foreign = sep === '/' && win32.isAbsolute(name) && !isAbsolute(name);
  if (foreign) return null;
  // Windows spells `\` what the other systems spell `/`; a name that has both means what it says.
  const spelled =
    sep === '/' && name.includes('\\') && !name.includes('/') ? name.replaceAll('\\', '/') : name;
  return resolve(dirname(path), spelled);
}

/** Beside the file, below it or one folder up: what a file names elsewhere is not looked for, since anybody may have written it. */
function isAround(path: string, target: string): boolean {
  const way = relative(dirname(dirname(path)), target);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
