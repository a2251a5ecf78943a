// @ts-check
// Measures the structure of packages/*/src: circles, floors, rooms, faces, and where things of one kind stand. Barrels are
// seen through, type imports count.
//   node scripts/measure-house.mjs [--json]
//   node scripts/measure-house.mjs --violations    what test/house/violations.json lists, as JSON
import { basename, dirname } from 'node:path'
import { circles, fileGraph, floors, resolve, roomGraph } from './house/graph.mjs'
import { PACKAGES, readSources } from './house/sources.mjs'
import { violations } from './house/violations.mjs'

/** @typedef {import('./house/sources.mjs').Source} Source */

const sources = readSources()
const all = [...sources.values()]
const files = fileGraph(sources)

/** @param {string} path */
const packageOf = (path) => path.split('/')[1]
/** @param {string} name */
const graphOf = (name) =>
  new Map(
    [...files]
      .filter(([path]) => packageOf(path) === name)
      .map(([path, needed]) => [path, new Set([...needed].filter((other) => packageOf(other) === name))]),
  )
/** @param {string} text */
const lineCount = (text) => text.split('\n').filter((line) => line.trim() !== '').length
/** @param {(source: Source) => boolean} test */
const where = (test) => all.filter(test).map(({ path }) => path)
/** @param {string} path */
const short = (path) => path.replace(/^packages\//, '').replace('/src', '')

/** The names that a module exports, barrels seen through. */
function exported(/** @type {string} */ path) {
  const source = sources.get(path)
  if (source === undefined) return new Set()
  /** @type {Set<string>} */
  const names = new Set(
    [
      ...source.text.matchAll(
        /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|function\*?|class|interface|type|enum)\s+(\w+)/gm,
      ),
    ].map(([, name]) => name),
  )
  for (const { from, names: there, as } of source.handedOn) {
    const next = resolve(path, from)
    for (const name of there[0] === '*' && next !== undefined ? exported(next) : as) names.add(name)
  }
  return names
}

/** @returns {{ room: string, lines: number, share: number }} the folder that holds the largest share of its package by itself */
function biggestRoom(/** @type {string} */ name) {
  const own = all.filter(({ path }) => packageOf(path) === name)
  const total = own.reduce((sum, { text }) => sum + lineCount(text), 0)
  /** @type {Map<string, number>} */
  const rooms = new Map()
  for (const { path, text } of own)
    rooms.set(dirname(path), (rooms.get(dirname(path)) ?? 0) + lineCount(text))
  const [room, lines] = [...rooms].sort((a, b) => b[1] - a[1])[0]
  return { room: short(room), lines, share: lines / total }
}

// What decides that a key is kept or dropped: a bound against a threshold, or against epsilon; norms against it in a
// kernel; a threshold made of a slack, or read. Files are checked by validate-*, which drops nothing.
const DROPS = new RegExp(
  [
    /\b\w*(?:[bB]ounds?|found)(?:\[\w+\])?\s*(?:<|>)=?\s*(?:this\.#)?\w*(?:[tT]hreshold|early|[eE]psilon|EPSILON)\b/,
    /\.atLeast\(|\b1 - (?:3 \* )?(?:\w+\.)?thresholdSlack\b|\bkeepsFrom\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
)
// What asks for batches of pairs and decides what becomes of them.
const RECIPE = /(?<!function )\b(?:collectPairs|searchPairs|queryStep|searchBatches)\(/

const house = {
  circlesOfFiles: PACKAGES.flatMap((name) => circles(graphOf(name)).map((nodes) => nodes.map(short))),
  circlesOfFolders: PACKAGES.flatMap((name) =>
    circles(roomGraph(graphOf(name), dirname)).map((nodes) => nodes.map(short)),
  ),
  floors: Object.fromEntries(
    PACKAGES.map((name) => [
      name,
      floors(roomGraph(graphOf(name), dirname)).map((rooms) =>
        rooms.map((room) => room.replaceAll(/packages\/(\w+)\/src/g, '$1')).sort(),
      ),
    ]),
  ),
  biggestRooms: PACKAGES.map(biggestRoom),
  keysDropped: where(({ path, text }) => DROPS.test(text) && !/\/kernels\/|validate-/.test(path)).map(short),
  runRecipes: where(
    ({ path, text }) => /\/(?:jobs|solve|queries|steps)\//.test(path) && RECIPE.test(text),
  ).map(short),
  fileSystem: Object.fromEntries(
    PACKAGES.map((name) => [
      name,
      [
        ...new Set(
          where(
            ({ path, imports }) =>
              packageOf(path) === name && imports.some(({ from }) => /^node:fs(?:\/|$)/.test(from)),
          ).map((path) => short(dirname(path))),
        ),
      ].sort(),
    ]),
  ),
  fileSystemFiles: where(({ imports }) => imports.some(({ from }) => /^node:fs(?:\/|$)/.test(from))).length,
  exportedNames: Object.fromEntries(
    PACKAGES.flatMap((name) => [
      [name, exported(`packages/${name}/src/index.ts`).size],
      [`${name}/internal`, exported(`packages/${name}/src/internal.ts`).size],
    ]),
  ),
  comparedWithTwo: where(({ text }) => /\bp\s*(?:===|!==)\s*2\b/.test(text)).length,
  files: all.length,
  lines: all.reduce((sum, { text }) => sum + lineCount(text), 0),
}

/** @param {readonly (readonly string[])[]} found */
const list = (found) =>
  found.map((nodes) => `    ${nodes.length}: ${nodes.slice(0, 6).join(', ')}${nodes.length > 6 ? ', …' : ''}`)

if (process.argv.includes('--violations')) console.log(JSON.stringify(violations(), undefined, 1))
else if (process.argv.includes('--json')) console.log(JSON.stringify(house, undefined, 1))
else
  console.log(
    [
      `circles of files      ${house.circlesOfFiles.length}`,
      ...list(house.circlesOfFiles),
      `circles of folders    ${house.circlesOfFolders.length}`,
      ...list(house.circlesOfFolders),
      ...PACKAGES.map((name) => `floors of ${name.padEnd(11)} ${house.floors[name].length}`),
      ...house.biggestRooms.map(
        ({ room, lines, share }) =>
          `biggest room          ${room}: ${lines} lines, ${(100 * share).toFixed(0)} % of its package`,
      ),
      `files that drop keys  ${house.keysDropped.length}: ${house.keysDropped.map((path) => basename(path)).join(', ')}`,
      `files of a run's pairs ${house.runRecipes.length}: ${house.runRecipes.map((path) => basename(path)).join(', ')}`,
      `node:fs               ${house.fileSystemFiles} files; folders of core ${house.fileSystem.core.length}, of coordinator ${house.fileSystem.coordinator.length}`,
      `exported names        ${Object.entries(house.exportedNames)
        .map(([face, count]) => `${face} ${count}`)
        .join(', ')}`,
      `p compared with 2     in ${house.comparedWithTwo} files`,
      `source                ${house.files} files, ${house.lines} lines without comments`,
    ].join('\n'),
  )
