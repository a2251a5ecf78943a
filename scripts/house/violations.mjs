// @ts-check
// What of the structure is against the rules of the house (docs: CONTRIBUTING.md, "Rules of the house").
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { circles, fileGraph, roomGraph } from './graph.mjs'
import { PACKAGES, readSources } from './sources.mjs'

/** No folder of src may hold more of its package's lines by itself, unless these are few: a package of ten files needs no floors. */
const MOST_SHARE = 1 / 7
const FEW_LINES = 500

/**
 * @typedef {object} Violations
 * @property {readonly string[]} packageArrows `a -> b` from a package to one above it
 * @property {readonly string[]} folderArrows arrows of folders that lie on a circle
 * @property {readonly string[]} fileArrows arrows of files that lie on a circle
 * @property {readonly string[]} floors arrows of folders that do not go down by CONTRIBUTING.md, and folders that it does not list once
 * @property {readonly string[]} bigRooms folders that hold too much
 * @property {readonly string[]} fileSystem folders that import node:fs: one of core, one of the coordinator and native's may
 */

/** @returns {Violations} each list sorted */
export function violations() {
  const sources = readSources()
  const files = fileGraph(sources)
  const folders = roomGraph(files, dirname)
  const rooms = roomLines(sources)
  return {
    packageArrows: arrows(files).filter((arrow) => {
      const [from, to] = arrow.split(' -> ').map((path) => PACKAGES.indexOf(path.split('/')[1]))
      return from < to
    }),
    folderArrows: arrowsOnCircles(folders),
    fileArrows: arrowsOnCircles(files),
    floors: ['core', 'coordinator'].flatMap((name) => floorFaults(name, folders)).sort(),
    bigRooms: [...rooms]
      .filter(([, { share, lines }]) => share > MOST_SHARE && lines > FEW_LINES)
      .map(([room]) => room)
      .sort(),
    fileSystem: [
      ...new Set(
        [...sources.values()]
          .filter(({ imports, handedOn }) =>
            [...imports, ...handedOn].some(({ from }) => /^(?:node:)?fs(?:\/|$)/.test(from)),
          )
          .map(({ path }) => dirname(path)),
      ),
    ].sort(),
  }
}

/** @param {import('./graph.mjs').Graph} graph */
function arrows(graph) {
  return [...graph].flatMap(([from, needed]) => [...needed].map((to) => `${from} -> ${to}`)).sort()
}

/** @param {import('./graph.mjs').Graph} graph */
function arrowsOnCircles(graph) {
  return circles(graph)
    .flatMap((nodes) =>
      nodes.flatMap((from) =>
        [...(graph.get(from) ?? [])].filter((to) => nodes.includes(to)).map((to) => `${from} -> ${to}`),
      ),
    )
    .sort()
}

/**
 * @param {string} name of a package
 * @param {import('./graph.mjs').Graph} folders
 * @returns {string[]}
 */
function floorFaults(name, folders) {
  const text = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8')
  const line = new RegExp(`^- ${name}: (.*)$`, 'm').exec(text)?.[1] ?? ''
  const root = `packages/${name}/src`
  const listed = line
    .replace(/\([^)]*\)/g, '')
    .split('·')
    .flatMap((floor, height) =>
      [...floor.matchAll(/`([^`]+)`/g)].map(([, folder]) => ({ folder: `${root}/${folder}`, height })),
    )
  const heights = new Map(listed.map(({ folder, height }) => [folder, height]))
  const found = [...folders].filter(([from]) => from.startsWith(`${root}/`))
  const unlisted = found.map(([from]) => from).filter((from) => !heights.has(from))
  const gone = listed
    .map(({ folder }) => folder)
    .filter((folder, i, all) => !folders.has(folder) || all.indexOf(folder) < i)
  const up = found.flatMap(([from, needed]) =>
    [...needed]
      .filter((to) => to.startsWith(`${root}/`) && !(Number(heights.get(to)) < Number(heights.get(from))))
      .map((to) => `${from} -> ${to}`),
  )
  return [...unlisted, ...gone, ...up]
}

/**
 * @param {Map<string, import('./sources.mjs').Source>} sources
 * @returns {Map<string, { lines: number, share: number }>} what each folder holds by itself, and the share of its package's
 */
function roomLines(sources) {
  /** @type {Map<string, number>} */
  const rooms = new Map()
  /** @type {Map<string, number>} */
  const totals = new Map()
  for (const { path, text } of sources.values()) {
    const count = text.split('\n').filter((line) => line.trim() !== '').length
    const name = path.split('/')[1]
    rooms.set(dirname(path), (rooms.get(dirname(path)) ?? 0) + count)
    totals.set(name, (totals.get(name) ?? 0) + count)
  }
  return new Map(
    [...rooms].map(([room, lines]) => [
      room,
      { lines, share: lines / (totals.get(room.split('/')[1]) ?? 1) },
    ]),
  )
}
