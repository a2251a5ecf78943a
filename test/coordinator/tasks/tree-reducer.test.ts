// Catches: a tree whose shape depends on more than the number of parts, that swaps, loses or doubles a part, or holds more
// than one sum a level. Cannot catch: a merge function that is wrong.
import { TreeReducer } from '#coordinator/tasks/tree-reducer'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

function reduced(count: number, fanIn: number): string | undefined {
  const reducer = new TreeReducer<string>(fanIn, (a, b) => `(${a} ${b})`)
  for (let i = 0; i < count; i++) reducer.push(String(i))
  return reducer.finish()
}

/** The tree of the design: groups of F folded left to right, then those results, and so on. */
function layered(parts: readonly string[], fanIn: number): string | undefined {
  if (parts.length <= 1) return parts[0]
  const groups = Array.from({ length: Math.ceil(parts.length / fanIn) }, (_, g) =>
    parts.slice(g * fanIn, (g + 1) * fanIn),
  )
  return layered(
    groups.map((group) => group.reduce((a, b) => `(${a} ${b})`)),
    fanIn,
  )
}

test('keeps every part once and in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 2, max: 20 }), (count, fanIn) => {
      const leaves = reduced(count, fanIn)!.replaceAll(/[()]/g, '')
      expect(leaves).toBe([...Array(count).keys()].join(' '))
    }),
  )
})

test('is the layered tree of fan-in F where the parts fill it', () => {
  for (const fanIn of [2, 3, 16]) {
    for (const count of [1, fanIn, fanIn ** 2, 2 * fanIn, fanIn ** 2 + fanIn]) {
      expect(reduced(count, fanIn)).toBe(layered([...Array(count).keys()].map(String), fanIn))
    }
  }
  expect(reduced(5, 2)).toBe('(((0 1) (2 3)) 4)')
  expect(reduced(4, 16)).toBe('(((0 1) 2) 3)')
})

test('no part is no sum; one part is itself, unmerged', () => {
  expect(reduced(0, 2)).toBeUndefined()
  expect(reduced(1, 2)).toBe('0')
})

test('no leaf lies deeper than the fan-in times the levels', () => {
  for (const [count, fanIn] of [
    [1000, 16],
    [1000, 2],
    [257, 16],
  ]) {
    let depth = 0
    let deepest = 0
    for (const sign of reduced(count, fanIn)!) {
      if (sign === '(') depth++
      if (sign === ')') depth--
      deepest = Math.max(deepest, depth)
    }
    expect(deepest).toBeLessThanOrEqual(fanIn * Math.ceil(Math.log(count) / Math.log(fanIn)))
  }
})
