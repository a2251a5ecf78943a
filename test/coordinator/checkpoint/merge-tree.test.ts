// Catches: a cover of whole nodes that loses, doubles or swaps a part, or leaves another tree than the parts alone would.
// Cannot catch: a node's file that holds another sum than its name says (steps.test.ts).
import { childrenOf, coverOf, type TreeNode, wholeNodes } from '#coordinator/checkpoint/merge-tree'
import { TreeReducer } from '#coordinator/tasks/tree-reducer'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

const join = (a: string, b: string) => `(${a} ${b})`

function folded(node: TreeNode, fanIn: number): string {
  if (node.height === 0) return String(node.index)
  return childrenOf(node, fanIn)
    .map((child) => folded(child, fanIn))
    .reduce(join)
}

test('whole nodes, pushed at their heights, leave the tree of the parts', () => {
  const input = { count: fc.integer({ min: 0, max: 300 }), fanIn: fc.integer({ min: 2, max: 17 }) }
  fc.assert(
    fc.property(fc.record(input), ({ count, fanIn }) => {
      const [parts, nodes] = [new TreeReducer(fanIn, join), new TreeReducer(fanIn, join)]
      for (let i = 0; i < count; i++) parts.push(String(i))
      for (const node of coverOf(count, fanIn)) nodes.push(folded(node, fanIn), node.height)
      expect(nodes.finish()).toBe(parts.finish())
    }),
  )
})

test('a node is whole only where all its parts are there', () => {
  expect([0, 1, 2, 3].map((height) => wholeNodes(26, 3, height))).toEqual([26, 8, 2, 0])
})
