import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readIfThere } from './find-addon.ts'
import { locateHeaders, locateNodeGyp } from './locate-tools.ts'
import { type Places, placesOf, SOURCES, TARGET } from './places.ts'
import { hashOf, parseStamp, type Stamp } from './stamp.ts'

/** `reason`: one line. */
export type BuildResult =
  | { readonly state: 'built' | 'up-to-date'; readonly path: string }
  | { readonly state: 'failed'; readonly reason: string }

/** Long enough for a slow machine that others use. */
const LIMIT_MS = 600_000

/**
 * Compiles the addon with this machine's compiler and the headers beside this Node (or under `npm_config_nodedir`): nothing is
 * downloaded. Nothing is done where it is up to date. After a failure there is no addon: an old one would be of other sources.
 */
export function buildAddon(environment: NodeJS.ProcessEnv = process.env): BuildResult {
  const places = placesOf(environment)
  const inputs = hashOf(sourceParts())
  const stamp = parseStamp(readIfThere(places.stamp)?.toString() ?? '')
  const built = readIfThere(places.addon)
  const isOurs = stamp?.inputs === inputs && stamp.target === TARGET
  if (isOurs && built && hashOf([built]) === stamp.addon) return { state: 'up-to-date', path: places.addon }
  try {
    mkdirSync(places.folder, { recursive: true })
    place(places, compile(environment), inputs)
    return { state: 'built', path: places.addon }
  } catch (error) {
    removeStamp(places)
    return { state: 'failed', reason: reasonOf(error) }
  }
}

/** Files of the addon's folder, sorted, each behind its name. */
function sourceParts(): (string | Uint8Array)[] {
  const names = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:cc|h|gyp)$/.test(name),
  )
  return names.toSorted().flatMap((name) => [name, readFileSync(join(SOURCES, name))])
}

/** The bytes of the addon, made in a folder that is gone then. */
function compile(environment: NodeJS.ProcessEnv): Buffer {
  const headers = locateHeaders(environment)
  const gyp = locateNodeGyp(environment)
  const folder = mkdtempSync(join(tmpdir(), 'lev-native-'))
  try {
    const names = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    for (const name of names.filter((one) => /\.(?:cc|h|gyp)$/.test(one))) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), readFileSync(join(SOURCES, name)))
    }
    const flags = ['rebuild', `--nodedir=${headers}`, `--jobs=${Math.min(4, cpus().length)}`]
    execFileSync(process.execPath, [gyp, ...flags], {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      maxBuffer: 2 ** 26,
    })
    return readFileSync(join(folder, 'build', 'Release', 'levattention.node'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Renamed into place, the stamp last: a process that has the old addon loaded keeps it. */
function place(paths: Places, addon: Buffer, inputs: string): void {
  const stamp: Stamp = { inputs, addon: hashOf([addon]), target: TARGET }
  for (const [path, content] of [
    [paths.addon, addon] as const,
    [paths.stamp, JSON.stringify(stamp)] as const,
  ]) {
    writeFileSync(`${path}.${process.pid}`, content)
    renameSync(`${path}.${process.pid}`, path)
  }
}

/** What cannot be removed was not ours to make. */
function removeStamp({ stamp }: Places): void {
  try {
    rmSync(stamp, { force: true })
  } catch {
    // The reason of the build's failure counts.
  }
}

/** The first line of what a compiler, node-gyp or the system said, the one that names an error before others. */
function reasonOf(error: unknown): string {
  const { stdout, stderr, message } = error as { stdout?: unknown; stderr?: unknown; message?: unknown }
  const lines = [stderr, stdout, message].flatMap((text) =>
    typeof text === 'string'
      ? text.split('\n').map((line) => line.replace(/^gyp ERR! (?:stack )?/, '').trim())
      : [],
  )
  const said = lines.filter((line) => line !== '')
  return said.find((line) => /\berror\b|not found|No such file/i.test(line)) ?? said[0] ?? 'no reason given'
}
