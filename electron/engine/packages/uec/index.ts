/** UEC tarballs: an image, its kernel and its ramdisk in one tar (Ubuntu Enterprise Cloud, cloud-publish-tarball; CirrOS). */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { isTar, TarArchive, tarMembers } from '../../archives/tar.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Certainty } from '../../disks/driver.ts';
import { ArchiveContainer } from '../archive-container.ts';
import type { PackageDriver, PackageReader } from '../driver.ts';
import { readSetName } from '../machine-image-names.ts';
import { UecPackage } from './package.ts';

/** A tarball has five files; in a compressed one every member on the way has to be decoded. */
const probedMembers = 16;
/** Names that Ubuntu alone gave: then the kernel, which may come after gigabytes, is not waited for. */
const ubuntuImage = /(?:-uec-|-cloudimg-)[a-z0-9]+\.img$/;

export const uec: PackageDriver<'uec'> = {
  id: 'uec',
  title: inEnglish('UEC tarball'),
  extensions: ['tar.gz', 'tgz', 'tar'],
  probe,
  open(file: ByteSource): PackageReader {
    const { path, sizeBytes } = file;
    const container = new ArchiveContainer(path, new TarArchive(file));
    try {
      return new UecPackage(container, sizeBytes);
    } catch (error) {
      container.close();
      throw error;
    }
  },
};

/** A tar whose members are all in one folder, and among the first of them a kernel with an image or a ramdisk. */
function probe(file: ByteSource): Certainty {
  try {
    return isTar(file) && namesOfSet(tarMembers(file)) ? 'certain' : 'no';
  } catch (error) {
    if (!(error instanceof Failure) || error.code.startsWith('io.')) throw error;
    return 'no';
  }
}

function namesOfSet(members: Iterable<{ readonly name: string; readonly refusal: Message | null }>): boolean {
  const roles = new Set<string>();
  let folder: string | null = null;
  let count = 0;
  for (const { name, refusal } of members) {
    // Packages of other kinds, and the tree of a root file system, whose /boot has a kernel too.
    if (++count > probedMembers || /\.(?:ovf|vmx|box)$|(?:^|\/)(?:metadata\.json|Vagrantfile)$/i.test(name))
      return false;
    if (refusal !== null) continue;
    const own = name.slice(0, name.lastIndexOf('/') + 1);
    if (own.split('/').length > 2 || own === 'boot/' || (folder ??= own) !== own) return false;
    if (ubuntuImage.test(name)) return true;
    roles.add(readSetName(name).role);
    if (roles.has('kernel') && (roles.has('image') || roles.has('ramdisk'))) return true;
  }
  return false;
}
