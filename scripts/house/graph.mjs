// @ts-check
// Who needs whom: edges from each file to the files that define what it imports. Barrels are seen through.
import { dirname, join, normalize } from 'node:path'

/** @typedef {import('./sources.mjs').Source} Source */
/** @typedef {Map<string, Set<string>>} Graph */

/**
 * @param {Map<string, Source>} sources
 * @returns {Graph} of files
 */
export function fileGraph(sources) {
  /** @type {Graph} */
  const graph = new Map()
  for (const source of sources.values()) {
    if (source.isBarrel) continue
    const needed = new Set(
      [...source.imports, ...source.handedOn].flatMap(({ from, names }) =>
        names.flatMap((name) => definers(sources, resolve(source.path, from), name)),
      ),
    )
    needed.delete(source.path)
    graph.set(source.path, needed)
  }
  return graph
}

/**
 * @param {string} path of the file that imports
 * @param {string} from
 * @returns {string | undefined} the file, undefined for one of another package than ours
 */
export function resolve(path, from) {
  if (from.startsWith('.')) return normalize(join(dirname(path), from))
  const [, name, internal] = /^@levattention\/(\w+)(\/internal)?$/.exec(from) ?? []
  return name === undefined
    ? undefined
    : `packages/${name}/src/${internal === undefined ? 'index' : 'internal'}.ts`
}

/**
 * The files that define `name` as `path` exports it; the file itself where it hands nothing of that name on.
 * @param {Map<string, Source>} sources
 * @param {string | undefined} path
 * @param {string} name
 * @returns {string[]}
 */
function definers(sources, path, name) {
  const source = path === undefined ? undefined : sources.get(path)
  if (source === undefined || path === undefined) return []
  /** @type {string[]} */
  const found = []
  for (const { from, names, as } of source.handedOn) {
    const next = resolve(path, from)
    if (names[0] === '*' && (name === '*' || exportsName(sources, next, name)))
      found.push(...definers(sources, next, name))
    else
      as.forEach((here, i) => {
        if (here === name || name === '*') found.push(...definers(sources, next, names[i]))
      })
  }
  return found.length > 0 && (source.isBarrel || name !== '*') ? found : [path]
}

/**
 * @param {Map<string, Source>} sources
 * @param {string | undefined} path
 * @param {string} name
 * @returns {boolean}
 */
function exportsName(sources, path, name) {
  const source = path === undefined ? undefined : sources.get(path)
  if (source === undefined || path === undefined) return false
  const declared = new RegExp(
    String.raw`^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|function\*?|class|interface|type|enum)\s+${name}\b`,
    'm',
  )
  return (
    declared.test(source.text) ||
    source.handedOn.some(({ from, names, as }) =>
      names[0] === '*' ? exportsName(sources, resolve(path, from), name) : as.includes(name),
    )
  )
}

/**
 * The graph of what `roomOf` says each file belongs to.
 * @param {Graph} graph
 * @param {(path: string) => string} roomOf
 * @returns {Graph}
 */
export function roomGraph(graph, roomOf) {
  /** @type {Graph} */
  const rooms = new Map()
  for (const [path, needed] of graph) {
    const room = roomOf(path)
    const others = rooms.get(room) ?? new Set()
    for (const other of needed) if (roomOf(other) !== room) others.add(roomOf(other))
    rooms.set(room, others)
  }
  return rooms
}

/**
 * Strongly connected sets of more than one node, largest first (Tarjan).
 * @param {Graph} graph
 * @returns {string[][]}
 */
export function circles(graph) {
  return components(graph)
    .filter((nodes) => nodes.length > 1)
    .sort((a, b) => b.length - a.length)
}

/**
 * @param {Graph} graph
 * @returns {string[][]} in an order in which each needs earlier ones alone
 */
export function components(graph) {
  /** @type {string[][]} */
  const found = []
  /** @type {Map<string, number>} */
  const order = new Map()
  /** @type {Map<string, number>} */
  const low = new Map()
  /** @type {string[]} */
  const stack = []
  const onStack = new Set()
  /** @param {string} node */
  const visit = (node) => {
    order.set(node, order.size)
    low.set(node, order.get(node) ?? 0)
    stack.push(node)
    onStack.add(node)
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next)
      else if (!onStack.has(next)) continue
      low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0))
    }
    if (low.get(node) !== order.get(node)) return
    const nodes = stack.splice(stack.indexOf(node))
    for (const one of nodes) onStack.delete(one)
    found.push(nodes)
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return found
}

/**
 * How many floors a graph has: the longest way down, each circle counted as one.
 * @param {Graph} graph
 * @returns {string[][]} the circles (or single nodes) of each floor, ground first
 */
export function floors(graph) {
  /** @type {Map<string, number>} */
  const level = new Map()
  /** @type {string[][]} */
  const found = []
  for (const nodes of components(graph)) {
    const below = nodes.flatMap((node) =>
      [...(graph.get(node) ?? [])].filter((next) => !nodes.includes(next)),
    )
    const height = Math.max(-1, ...below.map((next) => level.get(next) ?? 0)) + 1
    for (const node of nodes) level.set(node, height)
    ;(found[height] ??= []).push(nodes.length > 1 ? `(${nodes.sort().join(' <-> ')})` : nodes[0])
  }
  return found
}
