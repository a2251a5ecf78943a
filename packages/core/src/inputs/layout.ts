import { optionText } from '../arguments/option-text.ts'
import type { ArrayIndex } from '../errors/errors.ts'
import { LevError } from '../errors/errors.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { arrayLabel, shapeText, type StoredArray } from '../formats/stored-array.ts'
import { severalMatrices } from './input-advice.ts'

/** What an axis of an array counts: l layers, b batches, h heads, n rows, d columns. */
export type AxisLetter = 'l' | 'b' | 'h' | 'n' | 'd'

const LETTERS = 'lbhnd'
/** Of arrays of 2 axes and more, where nobody says another. */
const BY_RANK: Readonly<Record<number, string>> = { 2: 'nd', 3: 'hnd', 4: 'bhnd', 5: 'lbhnd' }
const MAX_AXES = 5

/** The letters of `text`, small or capital, `s` (of sequence) as `n`. Throws Option where they name no axes of heads. */
export function parseLayout(given: string): AxisLetter[] {
  const text = given.toLowerCase()
  const letters = text.split('').map((letter) => (letter === 's' ? 'n' : letter))
  const wrong = wrongLetters(text, letters)
  if (wrong === undefined) return letters as AxisLetter[]
  const meaning = 'It has a letter for each axis: l layer, b batch, h head, n (or s) row, d column'
  const message = `${optionText('layout')} is '${given}': ${wrong}. ${meaning}, as in ${optionText('layout', 'bshd')}`
  throw new LevError('Option', message, { option: 'layout' })
}

function wrongLetters(text: string, letters: readonly string[]): string | undefined {
  const unknown = letters.find((letter) => !LETTERS.includes(letter))
  if (unknown !== undefined) return `'${unknown}' is no axis`
  if (text.includes('n') && text.includes('s')) return 'n and s are both the rows'
  const twice = letters.find((letter, at) => letters.indexOf(letter) !== at)
  if (twice !== undefined) return `'${twice}' stands there twice`
  if (!letters.includes('n')) return 'no axis is the rows (n, or s)'
  return letters.includes('d') ? undefined : 'no axis is the columns (d)'
}

/**
 * The letter of each axis of `array`, of which `indices` selects some: by `layout` (of all axes, or of those that are left),
 * else by their number. Undefined: an axis that nobody names, which is selected. Throws Option, and Content where it does not
 * fit the array.
 */
export function axisLetters(
  array: StoredArray,
  indices: ArrayIndex,
  layout: string | undefined,
): (AxisLetter | undefined)[] {
  const { shape } = array
  const isSelected = (axis: number) => axis < indices.length && indices[axis] !== ':'
  const left = shape.map((_, axis) => axis).filter((axis) => !isSelected(axis))
  const ofLeft = (letters: string | readonly AxisLetter[]) => {
    const named = shape.map((): AxisLetter | undefined => undefined)
    left.forEach((axis, at) => (named[axis] = letters[at] as AxisLetter))
    return named
  }
  const fits = (letters: readonly string[]) =>
    letters.length === shape.length &&
    letters.every((letter, axis) => !isSelected(axis) || !'nd'.includes(letter))
  if (layout === undefined) {
    const whole = (BY_RANK[shape.length] ?? '').split('')
    if (fits(whole)) return whole as AxisLetter[]
    return ofLeft(BY_RANK[left.length] ?? refuseAxes(array, indices, left.length))
  }
  const letters = parseLayout(layout)
  if (letters.length === left.length) return ofLeft(letters)
  if (fits(letters)) return letters
  // One head serves all, whatever the others' axes are.
  if (left.length === 2) return ofLeft(letters.filter((letter) => 'nd'.includes(letter)))
  throw unfitLayout(array, indices, left.length, layout)
}

function refuseAxes(array: StoredArray, indices: ArrayIndex, axisCount: number): never {
  const found = `shape ${shapeText(array.shape)}: heads are [heads, rows, columns], [batch, heads, rows, columns] or [layers, batch, heads, rows, columns]`
  throw axisCount > MAX_AXES ? severalMatrices(array, indices, found) : badContent(arrayLabel(array), found)
}

function unfitLayout(array: StoredArray, indices: ArrayIndex, axisCount: number, layout: string): Error {
  const indexed = indices.length === 0 ? '' : ` behind the index ${axisCount} axes are left,`
  const found = `shape ${shapeText(array.shape)}:${indexed} ${optionText('layout')} '${layout}' names ${layout.length}`
  const fitting = layoutOf(axisCount, layout.toLowerCase())
  const advice =
    fitting === undefined
      ? 'It takes a letter for each axis'
      : `With a letter for each axis: ${optionText('layout', fitting)}`
  return refusal('Content', arrayLabel(array), `${found}. ${advice}`, { option: 'layout' })
}

/** A layout of so many axes, rows before heads where `like` has it so; undefined of fewer than 3 or more than 5. */
export function layoutOf(axisCount: number, like: string): string | undefined {
  const rowsFirst = like.replace('s', 'n').indexOf('n') < like.indexOf('h')
  const usual: Readonly<Record<number, string>> = rowsFirst ? { 3: 'nhd', 4: 'bshd', 5: 'lbshd' } : BY_RANK
  return axisCount < 3 ? undefined : usual[axisCount]
}
