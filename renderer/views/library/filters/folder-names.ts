/** What folders are called where there is little room: by their last name, and as much before it as tells them apart. */

/** By path; in the order in which they came. */
export function shortNames(paths: readonly string[]): ReadonlyMap<string, string> {
  const names = paths.map((path) => path.split(/[/\\]/).filter((name) => name !== ''));
  const short = (index: number, length: number): string => {
    const parts = names[index]!;
    return parts.length === 0 ? paths[index]! : parts.slice(-length).join('/');
  };
  const isAlone = (index: number, length: number): boolean =>
    names.every((_, other) => other === index || short(other, length) !== short(index, length));
  return new Map(
    paths.map((path, index) => {
      let length = 1;
      while (length < names[index]!.length && !isAlone(index, length)) length += 1;
      return [path, short(index, length)];
    }),
  );
}
