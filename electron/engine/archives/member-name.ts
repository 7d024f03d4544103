/** Names of members in archives and packages: how they are compared, and which of them are never followed. */

/** The longest name that is looked at; Linux stops at 4,096 bytes too. */
const longestName = 4096;

/**
 * Why a name in an archive or a descriptor must not be followed; null when it is safe. A phrase for
 * `package.unsafe-name`.
 */
export function nameRefusal(name: string): string | null {
  if (name === '') return 'it is empty';
  if (name.length > longestName) return `it is longer than ${longestName} characters`;
  if (name.includes('\0')) return 'it holds a NUL character';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) return 'it is a URL';
  // Windows takes both slashes and drive letters, and a package may be opened there.
  if (/^[/\\]/.test(name) || /^[a-z]:/i.test(name)) return 'it is absolute';
  if (name.split(/[/\\]/).includes('..')) return 'it climbs out of the package';
  return null;
}

/** The name as it is compared: without `./` and doubled slashes. */
export function normaliseName(name: string): string {
  return name
    .split('/')
    .filter((segment, index, all) => segment !== '.' && (segment !== '' || (index === 0 && all.length > 1)))
    .join('/');
}

/** What macOS and archivers leave beside the real files: AppleDouble halves, Finder's files, unpacked pax headers. */
export function isLitter(name: string): boolean {
  return name
    .split('/')
    .some(
      (segment) =>
        segment.startsWith('._') ||
        segment === '.DS_Store' ||
        segment === '__MACOSX' ||
        /^PaxHeaders?(\.[X\d]+)?$/.test(segment),
    );
}
