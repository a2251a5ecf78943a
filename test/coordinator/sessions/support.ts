import { compileKernels, type UniversalSet } from '@levattention/core/internal'
import type { SessionAnswer } from '@levattention/coordinator'
import { Session, type SessionTerms } from '#coordinator/sessions/session'
import { toSharedMemory } from '#coordinator/tasks/shared-memory'
import { onTestFinished } from 'vitest'
import { Random } from '../../support/random.mjs'
import type { DenseMatrix } from '../../support/oracle.ts'
import { runInline, type RunOptions } from '../../support/run-inline.ts'

/** Keys of which one in forty is long. */
export function keysOf(rows: number, cols: number, seed = 1): DenseMatrix {
  const random = new Random(seed)
  const length = (j: number) => (j % 40 === 7 ? 6 : 1)
  const data = Float64Array.from({ length: rows * cols }, (_, i) =>
    Math.fround(random.normal() * length(Math.floor(i / cols))),
  )
  return { rows, cols, data }
}

export function queriesOf(rows: number, cols: number, seed = 2): DenseMatrix {
  const random = new Random(seed)
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => Math.fround(random.normal())) }
}

export async function universalOf(
  keys: DenseMatrix,
  epsilon: number,
  p = 2,
  options: Partial<RunOptions> = {},
): Promise<UniversalSet> {
  return (await runInline(keys, queriesOf(0, keys.cols), { ...options, epsilon, p })).universal
}

/** The entry whose actors do harm where a call asks for it. */
export const FAULTY = new URL('./faulty-actor.mjs', import.meta.url)

/** A session that ends with the test. */
export async function sessionOf(
  universal: UniversalSet,
  terms: Partial<SessionTerms> & { scalar?: boolean } = {},
): Promise<Session> {
  const session = await Session.open(toSharedMemory(universal), {
    epsilon: universal.epsilon,
    actorCount: 1,
    maxWaiting: 256,
    kernelSource: { kernelsModule: terms.scalar ? undefined : await compileKernels() },
    ...terms,
  })
  onTestFinished(() => session.release())
  return session
}

export interface AnsweredPair {
  readonly query: number
  readonly key: number
  readonly score: number
  readonly dot: number
}

/** The pairs of an answer by query, then key. */
export function pairsIn({ queryCount, offsets, rowIds, scores, dots }: SessionAnswer): AnsweredPair[] {
  const pairs: AnsweredPair[] = []
  for (let query = 0; query < queryCount; query++)
    for (let at = offsets[query]; at < offsets[query + 1]; at++)
      pairs.push({ query, key: rowIds[at], score: scores[at], dot: dots[at] })
  return pairs.sort((a, b) => a.query - b.query || a.key - b.key)
}

/** `queries` with another first number: what a faulty actor looks at. */
export function marked(queries: DenseMatrix, first: number, second = 0): Float64Array {
  const data = queries.data.slice()
  data[0] = first
  data[1] = second
  return data
}

/** Resolves when an actor has come to the harm `fault` (faulty-actor.mjs). Ask before the call that does it. */
export async function harmed(fault: number): Promise<void> {
  const channel = new BroadcastChannel('faulty-actor')
  onTestFinished(() => channel.close())
  await new Promise<void>((resolve) => {
    channel.addEventListener('message', (event: Event & { readonly data?: unknown }) => {
      if (event.data === fault) resolve()
    })
  })
}
