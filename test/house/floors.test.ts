// Catches: a new circle of files or folders (type imports count, barrels are seen through), an arrow up between packages, a
// folder that grows beyond its share, a new place that touches the file system. What stands against the rules today is
// listed in violations.json, which may only shrink. Cannot catch: a wrong cut without a circle.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const MEASURE = fileURLToPath(new URL('../../scripts/measure-house.mjs', import.meta.url))
const listed = parse(readFileSync(new URL('violations.json', import.meta.url), 'utf8'))
const found = parse(execFileSync(process.execPath, [MEASURE, '--violations'], { encoding: 'utf8' }))

type Violations = Readonly<Record<keyof typeof RULES, readonly string[]>>

const RULES = {
  packageArrows: 'arrows go one way: native <- core <- worker <- coordinator',
  folderArrows:
    'this arrow closes a circle of folders: arrows point down only. Move what both need below both',
  fileArrows: 'this arrow closes a circle of files: move what both need into a file of its own',
  floors:
    'CONTRIBUTING.md lists every folder once, on a floor above all that it imports: move the file down, or the folder up',
  bigRooms: 'no folder of src holds more than a seventh of its package by itself: cut it by ideas',
  fileSystem:
    'only core/src/files, coordinator/src/files and native/src import node:fs: call what they export (withInputFile, readWholeFile, ' +
    'kindAt, createOutput ...), or give the question that you ask of the disk a name there',
}

function parse(json: string): Violations {
  return JSON.parse(json) as Violations
}

test.each(Object.entries(RULES) as [keyof typeof RULES, string][])(
  '%s: nothing new is against the rule',
  (rule, why) => {
    const known = new Set(listed[rule])
    expect(
      found[rule].filter((one) => !known.has(one)),
      why,
    ).toEqual([])
  },
)

test('what is mended is off the list', () => {
  for (const rule of Object.keys(RULES) as (keyof typeof RULES)[])
    expect(
      listed[rule].filter((one) => !found[rule].includes(one)),
      `${rule}: take these off test/house/violations.json`,
    ).toEqual([])
})
