/** Longest piece of a cell that a message repeats. */
const SHOWN_CHARS = 40

/** A cell as a message repeats it. */
export function shownCell(text: string): string {
  const visible = text.replaceAll(
    /\p{Cc}/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return visible.length > SHOWN_CHARS ? `${visible.slice(0, SHOWN_CHARS)}…` : visible
}
