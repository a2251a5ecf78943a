// The example service as its users run it, from the repository and as a bundle in a folder of its own. Catches: a service
// that misses a pair, hangs or falls over a bad request, a bundle that finds neither its thread's file nor the kernels.
// Cannot catch: other bundlers, load.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMatrix } from '@levattention/core'
import { Packr } from 'msgpackr'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMAND, ROOT } from '../support/command.mjs'
import { bruteForceHeavy, type DenseMatrix } from '../support/oracle.ts'

const EPSILON = 0.01
const codec = new Packr({ moreTypes: true, useRecords: false })
const folder = mkdtempSync(join(tmpdir(), 'lev-service-'))
const universal = join(folder, 'u.lev')
const node = (...args: string[]) => execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'pipe' })

beforeAll(() => {
  node(COMMAND, 'build', 'examples/data/ocr/keys.npy', '--epsilon', String(EPSILON), '--out', universal)
  node('examples/bundle-query-service.mjs', join(folder, 'bundle'))
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function read(path: string): DenseMatrix {
  const matrix = openMatrix(join(ROOT, path))
  const { rows, cols } = matrix
  const data = matrix.element === 'f64' ? new Float64Array(rows * cols) : new Float32Array(rows * cols)
  matrix.readRows(0, rows, data)
  matrix.close()
  return { rows, cols, data: Float64Array.from(data) }
}
const keys = read('examples/data/ocr/keys.npy')
const all = read('examples/data/ocr/queries.npy')
const queries = { rows: 100, cols: all.cols, data: all.data.slice(0, 100 * all.cols) }

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function post(url: string, value: unknown, init: RequestInit = {}): Promise<Answer> {
  const body = value instanceof Uint8Array ? value : codec.pack(value)
  const response = await fetch(`${url}/query`, { method: 'POST', body, ...init })
  return { status: response.status, body: codec.unpack(Buffer.from(await response.arrayBuffer())) }
}

describe.each([
  ['from the repository', ROOT, 'examples/query-service.mjs'],
  ['bundled, in a folder of its own', join(folder, 'bundle'), 'query-service.mjs'],
])('the query service %s', (_name, cwd, file) => {
  let service: ChildProcess
  let url = ''
  let complaints = ''
  beforeAll(async () => {
    service = spawn(process.execPath, [file, universal], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    service.stderr!.on('data', (text: Buffer) => (complaints += text.toString()))
    const [line] = (await Promise.race([once(service.stdout!, 'data'), once(service, 'exit')])) as [unknown]
    url = /http:\S+/.exec(String(line))?.[0] ?? ''
    expect(url, complaints).not.toBe('')
  })
  afterAll(() => service.kill('SIGKILL'))

  test('answers with every pair of brute force', async () => {
    const { status, body } = await post(url, { queries: Float32Array.from(queries.data) })
    expect(status).toBe(200)
    const { offsets, rowIds, scores, complete } = body as {
      offsets: Uint32Array
      rowIds: Float64Array
      scores: Float64Array
      complete: boolean
    }
    const expected = bruteForceHeavy(queries, keys, EPSILON).pairs
    expect(complete).toBe(true)
    expect(expected.length).toBeGreaterThan(100)
    const found = expected.map(({ query, key }) => {
      const at = rowIds.subarray(offsets[query], offsets[query + 1]).indexOf(key)
      return at < 0 ? undefined : scores[offsets[query] + at]
    })
    expected.forEach(({ score }, i) => expect(found[i]).toBeCloseTo(score, 12))
    expect(rowIds).toHaveLength(expected.length)
  })

  test('answers many at once, within a limit, and says what it holds', async () => {
    const data = queries.data.slice(0, 3 * queries.cols)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(url, { queries: data, limit: 1, timeoutMs: 20_000 })),
    )
    for (const { status, body } of answers) {
      expect(status).toBe(200)
      expect(body).toEqual(answers[0].body)
    }
    const facts = codec.unpack(Buffer.from(await (await fetch(url)).arrayBuffer())) as object
    expect(facts).toMatchObject({ n: keys.rows, d: keys.cols, epsilon: EPSILON, waiting: 0 })
  })

  test('refuses what it cannot answer, says why, and goes on', async () => {
    const { cols } = keys
    const bad = new Float32Array(cols).fill(NaN)
    const wrong: [unknown, string][] = [
      [{ queries: bad }, 'Content'],
      [{ queries: new Float32Array(cols + 1) }, 'ShapeMismatch'],
      [{ queries: [1, 2] }, 'ShapeMismatch'],
      [{ queries: new Float32Array(cols), limit: -1 }, 'Option'],
      [new Uint8Array([0xc1, 1, 2]), 'Content'],
      [new Uint8Array(0), 'Content'],
    ]
    for (const [value, tag] of wrong)
      expect(await post(url, value)).toMatchObject({ status: 400, body: { tag } })
    expect((await fetch(`${url}/elsewhere`)).status).toBe(400)
    const impatient = post(url, { queries: queries.data }, { signal: AbortSignal.timeout(1) })
    await impatient.catch(() => undefined)
    expect((await post(url, { queries: queries.data })).status).toBe(200)
  })

  test('ends by itself when asked to, without a complaint', async () => {
    service.kill('SIGTERM')
    const [code] = (await once(service, 'exit')) as [number | null]
    expect(code).toBe(0)
    expect(complaints).toBe('')
  })
})
