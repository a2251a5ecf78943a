/** Items that a message lists. */
const LISTED = 8

/** `3`, `3 and 5`, `0, 1, 2, 3, 4, 5, 6, 7 and 56 more`. */
export function listText(items: readonly (number | string)[], most = LISTED): string {
  const shown = items.slice(0, items.length > most ? most : -1)
  const last = items.length > most ? `${items.length - most} more` : items.slice(-1).join('')
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}
