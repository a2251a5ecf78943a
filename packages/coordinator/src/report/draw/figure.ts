import { type Colour } from './palette.ts'
import { escaped, short } from './numbers.ts'
import { SVG_CSS, THEME_CSS } from './svg-css.ts'

/** A part of a note: words, or the mark that they explain. */
export type NotePart =
  | string
  | { readonly shades: readonly number[]; readonly colour: Colour }
  | { readonly mark: 'square' | 'dot' }

/** One plot: its message, what is drawn, in units of a pixel, and what one has to know to read it. */
export interface Figure {
  /** Which plot: 'scores', 'pairs-softmax' ... */
  readonly name: string
  /** The message, with its number. */
  readonly title: string
  readonly width: number
  readonly height: number
  /** Markup inside of the svg element; empty where the title says all. */
  readonly body: string
  readonly note?: readonly NotePart[]
}

/** The figure in a page. */
export function figureHtml({ name, title, width, height, body, note }: Figure): string {
  const text = escaped(title)
  const drawn =
    body === ''
      ? ''
      : `<svg viewBox="0 0 ${short(width)} ${short(height)}" role="img" aria-label="${text}">${body}</svg>`
  return (
    `<figure data-plot="${name}"><figcaption>${unbroken(text)}</figcaption><div>${drawn}` +
    `${note ? `<p class="note">${note.map(noteHtml).join('')}</p>` : ''}</div></figure>`
  )
}

/** The same as a file of its own. `defs`: what its body refers to. */
export function figureSvg({ title, width, height, body, note = [] }: Figure, defs = ''): string {
  const lines = wrapped(title, TITLE_CHARS)
  const [top, below] = [10 + lines.length * 20, noteLines(note)]
  const total = top + height + below.length * 18 + 14
  const titles = lines.map((line, i) => `<text class="title" y="${15 + i * 20}">${escaped(line)}</text>`)
  const notes = below.map(
    (line, i) => `<g transform="translate(0 ${short(top + height + 20 + i * 18)})">${line}</g>`,
  )
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -10 ${short(width + 24)} ${short(total + 16)}" width="${short(width + 24)}" height="${short(total + 16)}" role="img" aria-label="${escaped(title)}">` +
    `<style>${THEME_CSS}\n${SVG_CSS}\nsvg{background:var(--background)}</style>${defs}` +
    `<rect x="-12" y="-10" width="100%" height="100%" style="fill:var(--background)"/>` +
    `${titles.join('')}<g transform="translate(0 ${top})">${body}</g>${notes.join('')}</svg>\n`
  )
}

/** No line ends behind the sign of an exponent. */
function unbroken(html: string): string {
  return html.replaceAll(/[\d.]+e-\d+/g, '<span class="nb">$&</span>')
}

function noteHtml(part: NotePart): string {
  if (typeof part === 'string') return escaped(part)
  if ('mark' in part) return `<i class="sw ${part.mark}"></i>`
  return part.shades.map((shade) => `<i class="sw b-${part.colour}" style="opacity:${shade}"></i>`).join('')
}

/** Of a title in 15 px semibold so many fit into a line, in wide fonts, too. */
const TITLE_CHARS = 36
/** A character of a note is so wide, in wide fonts. */
const NOTE_CHAR = 7.4
const NOTE_WIDTH = 360

/** The note in lines of drawn words and marks; words that follow one another are one text. */
function noteLines(note: readonly NotePart[]): string[] {
  const lines: string[] = []
  let [line, x] = ['', 0]
  let run: { readonly at: number; readonly words: string[] } | undefined
  const endRun = () => {
    if (run) line += `<text class="note" x="${short(run.at)}">${escaped(run.words.join(' '))}</text>`
    run = undefined
  }
  const put = (width: number, markup: (at: number) => string) => {
    if (x > 0 && x + width > NOTE_WIDTH) {
      endRun()
      lines.push(line)
      line = ''
      x = 0
    }
    line += markup(x)
    x += width
  }
  for (const part of note) {
    if (typeof part !== 'string') endRun()
    if (typeof part === 'string')
      for (const word of part.split(' ').filter((one) => one !== ''))
        put((word.length + 1) * NOTE_CHAR, (at) => {
          run ??= { at, words: [] }
          run.words.push(word)
          return ''
        })
    else if ('mark' in part)
      put(16, (at) =>
        part.mark === 'dot'
          ? `<circle class="mark-fixed" cx="${short(at + 5)}" cy="-4" r="4.5"/>`
          : `<rect class="mark-leverage" x="${short(at + 1)}" y="-9" width="9" height="9"/>`,
      )
    else
      for (const shade of part.shades)
        put(
          15,
          (at) =>
            `<rect class="f-${part.colour}" fill-opacity="${shade}" x="${short(at)}" y="-9" width="12" height="10"/>`,
        )
  }
  endRun()
  return line === '' ? lines : [...lines, line]
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
