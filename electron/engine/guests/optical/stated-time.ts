/** How a date is shown that a medium states of itself: in UTC, to the second. */

/** `2025-11-22 20:01:30 UTC` for an ISO 8601 time; null for none. */
export function statedTime(iso: string | null): string | null {
  return iso === null ? null : `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}
