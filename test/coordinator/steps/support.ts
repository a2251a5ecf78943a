/** Run folders for tests of steps and engines. */
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { expect } from 'vitest'
import type { Workspace } from '../cli/bin.ts'
import { runHere } from '../cli/in-process.ts'

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/summary.schema.json', import.meta.url), 'utf8'),
) as object
const isOfSchema = new Ajv({ strict: true }).compile(schema)

/** `printed`, which has to be of the schema. */
export function ofSchema<T>(printed: T): T {
  expect(isOfSchema(printed), JSON.stringify(isOfSchema.errors)).toBe(true)
  return printed
}

/** Runs the command; it has to end with `exitCode`. What it says. */
export async function ran(work: Workspace, commandLine: string, exitCode = 0): Promise<string> {
  const [name, ...args] = commandLine.split(' ')
  const found = await runHere(work, name, ...args)
  expect(found.exitCode, found.stderr).toBe(exitCode)
  return found.stdout + found.stderr
}

/** Runs the command; it has to end well. Its summary, which is of the schema. */
export async function done(
  work: Workspace,
  name: string,
  ...args: string[]
): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await runHere(work, name, ...args, '--json', '--quiet')
  expect(exitCode, `${name} ${args.join(' ')}: ${stdout}${stderr}`).toBe(0)
  return ofSchema(JSON.parse(stdout) as Record<string, unknown>)
}

interface PlanFacts {
  mapLevels: number
  shards: number
  queryBatches: number
}

/** All steps of a planned run, each by itself, as a cluster would. `merges`: so many nodes of height 1 at each level. */
export async function allSteps(
  work: Workspace,
  run: string,
  args: readonly string[],
  { merges = 0 } = {},
): Promise<void> {
  const plan = (await done(work, 'plan', '--run', run, ...args)) as unknown as PlanFacts
  const step = async (name: string, ...more: string[]) =>
    await done(work, 'step', name, '--run', run, ...more)
  for (let level = 0; level < plan.mapLevels; level++) {
    const at = ['--level', `${level}`, '--index']
    for (let index = 0; index < plan.shards; index++) await step('map', ...at, `${index}`)
    for (let index = 0; index < merges; index++) await step('merge', ...at, `${index}`)
  }
  await step('finish')
  for (let index = 0; index < plan.queryBatches; index++) await step('query', '--index', `${index}`)
  if (plan.queryBatches > 0) await step('collect')
}

/** Names of a run's parts. */
export function partsOf(work: Workspace, run: string): string[] {
  return readdirSync(work.path(`${run}/parts`)).sort()
}

export function resultBytes(work: Workspace, run: string): Buffer[] {
  return ['universal.lev', 'heavy.npz'].map((name) => readFileSync(work.path(`${run}/result/${name}`)))
}
