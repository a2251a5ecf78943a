import { isLevError } from '@levattention/core/internal'
import type { TaskRequest } from '@levattention/worker/internal'
import type { RowPass, RowTaskKind } from '../pipeline/reduce-pass.ts'
import { TreeReducer } from '../pipeline/tree-reducer.ts'
import { digestOf } from './digest.ts'
import { allNodes, childrenOf, coverOf, type TreeNode } from './merge-tree.ts'
import type { KeptKind } from './kept-kinds.ts'
import { partState, type PartState, type RunFolder } from './run-folder.ts'

/** A node of a level's merge tree, as it was met. */
export interface LevelNode extends TreeNode {
  readonly path: string
  readonly state: PartState
}

/** Sums of one pass in a run folder: those of whole nodes of the merge tree, where they stand, else from what is below. */
export class KeptReduce<K extends RowTaskKind, S> {
  readonly #folder: RunFolder
  readonly #pass: RowPass<K, S>
  readonly #partKeys: readonly string[]
  readonly #load: (index: number) => S

  /** `partKeys`: digests of the parts' requests; `load` gives a part, or throws where it does not stand. */
  constructor(
    folder: RunFolder,
    pass: RowPass<K, S>,
    partKeys: readonly string[],
    load: (index: number) => S,
  ) {
    this.#folder = folder
    this.#pass = pass
    this.#partKeys = partKeys
    this.#load = load
  }

  /** The sum of all parts; undefined where there are none. */
  sum(): S | undefined {
    const { fanIn } = this.#pass
    const reducer = new TreeReducer<S>(fanIn, (a, b) => this.#pass.merge(a, b))
    for (const node of coverOf(this.#partKeys.length, fanIn)) reducer.push(this.#sumOf(node), node.height)
    return reducer.finish()
  }

  /** Makes the sum of `node` stand. */
  async make(node: TreeNode): Promise<void> {
    if (this.#standing(node) !== undefined) return
    await this.#folder.saveNode(this.#keyOf(node), this.#pass.pack(this.#fold(node)))
  }

  /** Every whole node of the tree, and what stands of it. */
  nodes(): LevelNode[] {
    return allNodes(this.#partKeys.length, this.#pass.fanIn).map((node) => {
      const key = this.#keyOf(node)
      return { ...node, path: this.#folder.nodePath(key), state: partState(() => this.#kept(node, key)) }
    })
  }

  #sumOf(node: TreeNode): S {
    if (node.height === 0) return this.#load(node.index)
    const standing = this.#standing(node)
    return standing === undefined ? this.#fold(node) : this.#pass.unpack(standing)
  }

  #fold(node: TreeNode): S {
    const [first, ...others] = childrenOf(node, this.#pass.fanIn)
    let sum = this.#sumOf(first)
    for (const child of others) sum = this.#pass.merge(sum, this.#sumOf(child))
    return sum
  }

  /** A node that is broken is summed from below. */
  #standing(node: TreeNode): unknown {
    try {
      return this.#kept(node, this.#keyOf(node))
    } catch (error) {
      if (isLevError(error, 'Content')) return undefined
      throw error
    }
  }

  #kept({ height, index }: TreeNode, key: string): unknown {
    const { kind, requests, fanIn } = this.#pass
    const width = fanIn ** height
    const below = requests.slice(index * width, (index + 1) * width) as readonly TaskRequest<KeptKind>[]
    return this.#folder.loadNode(key, kind as unknown as KeptKind, below)
  }

  /** Of what is below: the sum of other parts has another key. */
  #keyOf(node: TreeNode): string {
    if (node.height === 0) return this.#partKeys[node.index]
    return digestOf(childrenOf(node, this.#pass.fanIn).map((child) => this.#keyOf(child)))
  }
}
