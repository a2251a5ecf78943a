import { count, plain } from '../draw/numbers.ts'
import type { Panel } from '../draw/panel.ts'
import type { Scale } from '../draw/scale.ts'

/** Room for the names of rules, the longest in fonts that are wide. */
export const NAMES_WIDTH = 112

/** The axis of a share of the softmax below the rules of a panel `height` pixels high. */
export function markHeld(panel: Panel, { ticks }: Scale, height: number, keep: number): void {
  for (const value of ticks) {
    panel.upright(value, 'grid')
    panel.text(panel.x(value), panel.bottom + 16, plain(value), 'tick', 'middle')
  }
  const middle = (panel.left + panel.right) / 2
  panel.text(middle, height - 5, `softmax mass held by ${count(keep)} keys`, 'lab', 'middle')
}

/** Said of an axis that does not go up to all. */
export function endOf({ most }: Scale): string | undefined {
  return most < 1 ? `The axis ends at ${plain(most)}.` : undefined
}
