/** The names that qcow2 images give to the formats of their backing files: the words of qemu, where ours differ. */

/** Names of qemu for what lies there as it is. */
const rawNames: readonly string[] = ['file', 'host_device', 'host_cdrom'];

const names: readonly { readonly driver: string; readonly formatName: string }[] = [
  { driver: 'vhd', formatName: 'vpc' },
];

/** The id of the driver that the header means; other names stay as they are. */
export function driverOfFormatName(formatName: string | null): string | null {
  if (formatName !== null && rawNames.includes(formatName)) return 'raw';
  return names.find((entry) => entry.formatName === formatName)?.driver ?? formatName;
}

/** What to write into the header for a driver's id. */
export function formatNameOfDriver(driver: string): string {
  return names.find((entry) => entry.driver === driver)?.formatName ?? driver;
}
