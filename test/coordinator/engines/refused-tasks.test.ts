// Catches: a task that keeps kernel memory when its input is refused, at its first read or a later one. Cannot catch: memory
// outside the kernels' (the calls of a library: refused-calls.test.ts).
import { type Engine } from '#coordinator/engines/engine'
import { rowSampleOf } from '#coordinator/jobs/row-sample'
import { writeScores } from '#coordinator/jobs/scores'
import { findHeavyPairs } from '#coordinator/queries/heavy'
import { type RunContext } from '#coordinator/tasks/run-context'
import { findUniversalSet, type UniversalOptions } from '#coordinator/keys/universal'
import {
  columnsPass,
  compileKernels,
  type Kernels,
  LevError,
  matrix,
  ratioPass,
  summarizePass,
  type Task,
  type UniversalSet,
  verifyPass,
  wasmKernels,
} from '@levattention/core/internal'
import { runTask, TaskContext } from '@levattention/worker/internal'
import { beforeAll, expect, test } from 'vitest'
import { gaussian } from '../../support/matrices.ts'
import { contextOf } from '../../support/run-inline.ts'

const ROWS = 9000 // More than are read into memory at once.
const COLS = 4
/** One row in a thousand is long. */
const data = gaussian(ROWS, COLS, 1).data.map((value, i) => (i % (1000 * COLS) < COLS ? 50 * value : value))
const keys = matrix(data, { rows: ROWS, cols: COLS })
/** Whose last column is nearly the first: another pass mends its Gram. */
const delicate = matrix(
  data.map((value, i) => (i % COLS === COLS - 1 ? data[i - COLS + 1] + 1e-9 * value : value)),
  { rows: ROWS, cols: COLS },
)
const queries = matrix(data.slice(0, 300 * COLS), { rows: 300, cols: COLS })

/** Has every task refused before it is done: once at its first read, once at its second. */
class RefusingEngine implements Engine {
  readonly workerCount = 0
  readonly startedCount = 0
  readonly concurrency = 1
  readonly kernelsName = 'wasm'
  readonly refused = new Set<string>()
  readonly leaking = new Set<string>()
  readonly #context: TaskContext
  #readsLeft = Infinity

  constructor(makeKernels: () => Kernels) {
    this.#context = new TaskContext(makeKernels, () => {
      if (this.#readsLeft-- === 0) throw new LevError('InputChanged', 'changed meanwhile')
    })
  }

  run<Request, Answer>({ kind }: Task<Request, Answer>, request: Request): Promise<Answer> {
    for (const reads of [0, 1]) this.#refuse(kind, request, reads)
    return Promise.resolve(runTask({ kind, request }, this.#context) as Answer)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #refuse(kind: string, request: unknown, reads: number): void {
    const { kernels } = this.#context
    const mark = kernels.mark()
    this.#readsLeft = reads
    try {
      runTask({ kind, request }, this.#context)
    } catch (error) {
      if (!(error instanceof LevError && error.tag === 'InputChanged')) throw error
      this.refused.add(kind)
    }
    this.#readsLeft = Infinity
    if (kernels.mark() !== mark) this.leaking.add(kind)
  }
}

let engine: RefusingEngine
let context: RunContext
beforeAll(async () => {
  const module = await compileKernels()
  const makeKernels = () => wasmKernels(module)
  engine = new RefusingEngine(makeKernels)
  context = contextOf(engine, makeKernels())
})

async function universalOf(options: Partial<UniversalOptions>, source = keys): Promise<UniversalSet> {
  return (await findUniversalSet(source, { epsilon: 0.01, ...options }, context)).universal
}

async function search(universal: UniversalSet): Promise<void> {
  const options = { epsilon: universal.epsilon, keys }
  for await (const { queryCount } of findHeavyPairs(universal, queries, options, context))
    expect(queryCount).toBeGreaterThan(0)
}

const range = { rowStart: 0, rowEnd: ROWS }
const noPairs = { listedQueries: new Uint32Array(0), listedKeys: new Float64Array(0) }

test('the scratch of a refused task is free again, whatever it does', async () => {
  await search(await universalOf({}))
  await search(await universalOf({ p: 3, tighten: true }))
  await search(await universalOf({ causal: true }))
  await universalOf({}, delicate)
  await universalOf({ keep: 5 })
  const { factor } = await universalOf({ p: 1 })
  await universalOf({ p: 4 })
  await universalOf({ p: 3, passes: 1 })
  await universalOf({ method: 'sketch' })
  await rowSampleOf(keys, { rows: 10 }, context)
  await writeScores(keys, {}, context, { write: () => undefined })
  const { spec: source } = keys
  await engine.run(summarizePass, { source, range, epsilon: 0.01 })
  await engine.run(ratioPass, { source, range, factor })
  await engine.run(columnsPass, { source, range })
  const exponents = new Int32Array(COLS)
  const asked = { exponents, queries: data.slice(0, COLS), epsilon: 0.01, p: 2, ...noPairs }
  await engine.run(verifyPass, { source, range, ...asked, precision: 'float64' })
  expect([...engine.leaking]).toEqual([])
  expect(engine.refused.size).toBe(20) // All but ping and generate, which read nothing.
})
