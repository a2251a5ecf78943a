/** A node of the merge tree: `index`-th of those that stand for fanIn^height parts, all of them there. */
export interface TreeNode {
  readonly height: number // 0: a part
  readonly index: number
}

/** Whole nodes of one height above 0: those that a merge step may make. */
export function wholeNodes(parts: number, fanIn: number, height: number): number {
  return Math.floor(parts / fanIn ** height)
}

/** All whole nodes above the parts, from below. */
export function allNodes(parts: number, fanIn: number): TreeNode[] {
  const nodes: TreeNode[] = []
  const most = treeHeight(parts, fanIn)
  for (let height = 1; height <= most; height++) {
    const count = wholeNodes(parts, fanIn, height)
    for (let index = 0; index < count; index++) nodes.push({ height, index })
  }
  return nodes
}

export function isNode({ height, index }: TreeNode, parts: number, fanIn: number): boolean {
  return height >= 1 && index < wholeNodes(parts, fanIn, height)
}

/** The greatest height that has a whole node. */
export function treeHeight(parts: number, fanIn: number): number {
  let height = 0
  while (wholeNodes(parts, fanIn, height + 1) > 0) height++
  return height
}

/**
 * The largest whole nodes that cover all parts, in order. Pushed at their heights into a TreeReducer they leave the sum that
 * all parts would.
 */
export function coverOf(parts: number, fanIn: number): TreeNode[] {
  const cover: TreeNode[] = []
  let from = 0
  for (let height = treeHeight(parts, fanIn); height >= 0; height--) {
    for (const width = fanIn ** height; from + width <= parts; from += width)
      cover.push({ height, index: from / width })
  }
  return cover
}

/** The nodes below, in order. */
export function childrenOf({ height, index }: TreeNode, fanIn: number): TreeNode[] {
  return Array.from({ length: fanIn }, (_, i) => ({ height: height - 1, index: index * fanIn + i }))
}
