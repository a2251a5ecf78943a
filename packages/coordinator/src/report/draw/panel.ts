import { escaped, plain, short } from './numbers.ts'
import type { Scale } from './scale.ts'

/** One panel; never scaled far from 1, so that 11 px stay 11 px. */
export const PANEL_WIDTH = 360
const PANEL_HEIGHT = 250
/** Of a tick's words, about. */
const TICK_CHARACTER = 6
const TICK_GAP = 4

interface PanelOptions {
  readonly x: Scale
  readonly y: Scale
  readonly left?: number
  readonly right?: number
  readonly top?: number
  readonly bottom?: number
  readonly height?: number
}

interface AxisText {
  readonly xLabel: string
  readonly yLabel?: string
  readonly xText?: (value: number) => string
  readonly yText?: (value: number) => string
}

type Anchor = 'start' | 'middle' | 'end'

/** A place to draw between two axes, in units of a pixel. */
export class Panel {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly height: number
  readonly #x: Scale
  readonly #y: Scale
  readonly #parts: string[] = []

  constructor({ x, y, left = 42, right = 14, top = 26, bottom = 40, height = PANEL_HEIGHT }: PanelOptions) {
    this.#x = x
    this.#y = y
    this.left = left
    this.right = PANEL_WIDTH - right
    this.top = top
    this.bottom = height - bottom
    this.height = height
  }

  get body(): string {
    return this.#parts.join('')
  }

  x(value: number): number {
    return this.left + this.#x.at(value) * (this.right - this.left)
  }

  y(value: number): number {
    return this.bottom - this.#y.at(value) * (this.bottom - this.top)
  }

  add(markup: string): this {
    this.#parts.push(markup)
    return this
  }

  text(x: number, y: number, words: string, className = '', anchor: Anchor = 'start'): this {
    return this.add(textAt(x, y, words, className, anchor))
  }

  path(className: string, d: string, more = ''): this {
    return this.add(`<path class="${className}" d="${d}"${more}/>`)
  }

  /** Both axes with their marks; no vertical one without a label for it. */
  axes({ xLabel, yLabel, xText = plain, yText = plain }: AxisText): this {
    if (yLabel !== undefined) {
      for (const value of this.#y.ticks) {
        const y = this.y(value)
        this.path('grid', `M${this.left} ${short(y)}H${this.right}`)
        this.text(this.left - 6, y + 4, yText(value), 'tick', 'end')
      }
      this.text(0, 10, yLabel, 'lab')
    }
    this.path('axis', `M${this.left} ${this.bottom}H${this.right}`)
    let free = Infinity
    // From the last: where words would touch, the one before gives way.
    for (const value of this.#x.ticks.toReversed()) {
      const [x, words] = [this.x(value), xText(value)]
      this.path('axis', `M${short(x)} ${this.bottom}v4`)
      const half = (words.length * TICK_CHARACTER) / 2
      if (x + half > free) continue
      this.text(x, this.bottom + 16, words, 'tick', 'middle')
      free = x - half - TICK_GAP
    }
    return this.text((this.left + this.right) / 2, this.height - 5, xLabel, 'lab', 'middle')
  }

  line(points: readonly (readonly [x: number, y: number])[], className: string, dashes = ''): this {
    const d = points.map(([x, y]) => `${short(this.x(x))} ${short(this.y(y))}`).join('L')
    return this.path(`ln ${className}`, `M${d}`, dashes === '' ? '' : ` stroke-dasharray="${dashes}"`)
  }

  dot(x: number, y: number, className: string, radius = 4): this {
    return this.add(
      `<circle class="${className}" cx="${short(this.x(x))}" cy="${short(this.y(y))}" r="${radius}"/>`,
    )
  }

  /** A line across the panel at a value of x. */
  upright(value: number, className: string, dashes = ''): this {
    const more = dashes === '' ? '' : ` stroke-dasharray="${dashes}"`
    return this.path(className, `M${short(this.x(value))} ${this.top}V${this.bottom}`, more)
  }
}

export function textAt(
  x: number,
  y: number,
  words: string,
  className = '',
  anchor: Anchor = 'start',
): string {
  const place = anchor === 'start' ? '' : ` text-anchor="${anchor}"`
  return `<text x="${short(x)}" y="${short(y)}"${className === '' ? '' : ` class="${className}"`}${place}>${escaped(words)}</text>`
}
