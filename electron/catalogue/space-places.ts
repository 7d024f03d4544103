/** What the ways to look at space have in common: what is in which group. */

/** The group of an entry, and what of that group it is in. */
export type Placed = { readonly group: string | null; readonly inner: string | null };

/** Where entries belong in what is shown. */
export interface Places {
  /** The group that is shown; null for all. */
  readonly within: string | null;
  /** The group of a slot's entry, and what of that it is in; null where it is not shown. */
  readonly placeOf: (slot: number) => Placed | null;
}
