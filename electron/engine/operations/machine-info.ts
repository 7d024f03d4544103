/** What `info` says of a file that describes a virtual machine. */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { ImageInfo } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { FileSource } from '../bytes/source.ts';
import { certainDrivers } from '../disks/registry.ts';
import { probeMachine } from '../machines/registry.ts';

/** Null for what describes no machine. @throws Failure `io.*`, `package.malformed`. */
export function machineInfo({
  path,
  member,
  format,
}: SourceReference): Omit<ImageInfo, 'allocatedBytes'> | null {
  if (member !== undefined || format !== undefined) return null;
  const file = new FileSource(path, { devices: true });
  try {
    if (certainDrivers(file).length > 0) return null;
    const driver = probeMachine(file);
    if (driver === null) return null;
    const { name, guest, vcpus, memoryBytes, disks } = driver.read(file);
    const facts: readonly (readonly [string, string | null])[] = [
      ['Name', name],
      ['Guest OS', guest],
      ['vCPUs', vcpus === null ? null : String(vcpus)],
      ['Memory', memoryBytes === null ? null : formatBytes(memoryBytes)],
      ...disks.map((disk): [string, string] => ['Disk', disk]),
    ];
    return {
      path,
      kind: 'machine',
      format: driver.id,
      variant: null,
      virtualSizeBytes: null,
      fileSizeBytes: file.sizeBytes,
      parent: null,
      snapshots: [],
      encrypted: false,
      wrapper: null,
      facts: facts.flatMap(([label, value]) => (value === null ? [] : [{ label, value }])),
      warnings: [],
    };
  } finally {
    file.close();
  }
}
