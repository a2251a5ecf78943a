import { count, plain } from '../draw/numbers.ts'
import type { Panel } from '../draw/panel.ts'

/** Room for the names of rules, the longest in fonts that are wide. */
export const NAMES_WIDTH = 112

/** The axis of a share of the softmax, 0 to 1, below the rules of a panel `height` pixels high. */
export function markHeld(panel: Panel, height: number, keep: number): void {
  for (const value of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
    panel.upright(value, 'grid')
    panel.text(panel.x(value), panel.bottom + 16, plain(value), 'tick', 'middle')
  }
  const middle = (panel.left + panel.right) / 2
  panel.text(middle, height - 5, `softmax mass held by ${count(keep)} keys`, 'lab', 'middle')
}
