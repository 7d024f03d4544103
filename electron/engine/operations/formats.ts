/** formats: what the drivers declare, as plain data for forms and help texts. */
import type { FormatDescription, WrapperDescription } from '#shared/domain/format.ts';
import { writtenWrappers } from '../archives/wrappers.ts';
import { diskDrivers } from '../disks/registry.ts';
import type { DiskDriver } from '../disks/driver.ts';
import { machineDrivers } from '../machines/registry.ts';
import { packageDrivers } from '../packages/registry.ts';

/** Every format that Platter knows: disks, packages, descriptions of machines, optical media. */
export function describeFormats(): readonly FormatDescription[] {
  const disks = diskDrivers.map((driver: DiskDriver): FormatDescription => {
    const { id, title, extensions, creation } = driver;
    return {
      id,
      title,
      extensions,
      readable: true,
      creation:
        creation === undefined
          ? null
          : {
              variants: creation.variants,
              options: creation.options,
              backs: creation.backs ?? false,
              wraps: creation.forward ?? false,
            },
      checkable: driver.structure !== undefined,
      repairable: driver.structure?.repair !== undefined,
    };
  });
  const others = [...packageDrivers, ...machineDrivers, { id: 'iso', title: 'ISO', extensions: ['iso'] }];
  return [...disks, ...others.map(readOnly)];
}

function readOnly({
  id,
  title,
  extensions,
}: Pick<FormatDescription, 'id' | 'title' | 'extensions'>): FormatDescription {
  return { id, title, extensions, readable: true, creation: null, checkable: false, repairable: false };
}

/** Every compression that an image can be written in as a whole. */
export function describeWrappers(): readonly WrapperDescription[] {
  return writtenWrappers.map(({ id, title, creation }) => ({ id, title, extension: creation.extension }));
}
