/** `levattention bench` of tiny inputs, held against the committed schema. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { BenchFacts } from '#coordinator/bench/bench'
import { expect } from 'vitest'
import type { Workspace } from '../cli/bin.ts'
import { jsonHere } from '../cli/in-process.ts'

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/summary.schema.json', import.meta.url), 'utf8'),
) as object
const validate = new Ajv({ strict: true }).compile(schema)

const TINY = ['--sizes', '3000x8x60', '--epsilon', '0.05', '--runs', '1', '--workers', '1', '--tmp', '.']

export async function measuredHere(work: Workspace, ...args: string[]): Promise<BenchFacts> {
  const facts = await jsonHere(work, 'bench', ...TINY, ...args)
  validate(facts)
  expect(validate.errors ?? []).toEqual([])
  expect(readdirSync(work.folder)).toEqual([])
  return facts as unknown as BenchFacts
}

/** Is python3 with SciPy here? Says so where it is not. */
export function hasScipy(): boolean {
  try {
    execFileSync('python3', ['-c', 'import scipy.linalg'], { stdio: 'ignore' })
    return true
  } catch {
    console.log('skipped: peers of bench; python3 with scipy is not here')
    return false
  }
}
