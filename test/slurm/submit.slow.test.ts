// Catches: jobs that wait for the wrong ones, arrays longer than Slurm takes, a run that a failed task or a dead node stops for
// good, a second submission that does what stands again, tasks that go on with another file than was planned. Cannot catch: what a site's own plugins and limits do.
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ended, gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import type { Ran } from '../support/command.mjs'
import { ran, resultBytes } from '../coordinator/steps/support.ts'
import { Cluster, whyNoSlurm } from './cluster.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 })
const missing = whyNoSlurm()
if (missing !== undefined) console.log(`Slurm tests are skipped: ${missing}`)

describe.skipIf(missing !== undefined)('on a real Slurm of four nodes whose arrays hold five tasks', () => {
  const work = new Workspace()
  const OPTIONS = '--keys K.npy --queries Q.npy --shard-rows 4096 --fan-in 2 --query-batches 2'
  let cluster: Cluster

  beforeAll(async () => {
    cluster = new Cluster('MaxArraySize=5')
    work.npy('K.npy', [28_000, 6], gaussianRows(28_000, 6, 1, 30))
    work.npy('Q.npy', [200, 6], gaussianRows(200, 6, 2))
    await ran(work, `run ${OPTIONS} --checkpoint one --out one.npz`)
  })
  afterAll(() => {
    cluster.stop()
    work.remove()
  })

  async function lev(...args: string[]): Promise<Ran> {
    return await ended(work.start(args, { env: cluster.env }))
  }

  async function submitted(run: string, ...more: string[]): Promise<void> {
    const { exitCode, stderr } = await lev('slurm', 'submit', '--run', run, ...more)
    expect(exitCode, stderr).toBe(0)
  }

  test('one submission gives the bytes of one machine, and a second one finds nothing to do', async () => {
    await ran(work, `plan --run r ${OPTIONS}`)
    await submitted('r')
    await cluster.idle()
    expect(resultBytes(work, 'r')).toEqual(resultBytes(work, 'one'))
    expect((await lev('slurm', 'submit', '--run', 'r')).stderr).toContain(
      'is complete; nothing was submitted',
    )
    const { stdout } = await lev('status', '--run', 'r', '--slurm')
    expect(stdout).toMatch(/collect\s+done/)
    expect(stdout).toMatch(/lev-[0-9a-f]{16}-map-0-1\s+2 tasks COMPLETED/)
    // Seven shards: three sums of two, one of four.
    expect(stdout).toMatch(/lev-[0-9a-f]{16}-merge-0-1\s+3 tasks COMPLETED/)
    expect(stdout).toMatch(/merge 0\s+height 2: all 1 done/)
  })

  test('softmax pairs: no finish, and the bytes of one machine', async () => {
    const options = `--attention softmax --top 3 ${OPTIONS}`
    await ran(work, `run ${options} --out softmax.npz`)
    await ran(work, `plan --run soft ${options}`)
    await submitted('soft')
    await cluster.idle()
    const heavy = readFileSync(work.path('soft/result/heavy.npz'))
    expect(heavy.equals(readFileSync(work.path('softmax.npz')))).toBe(true)
    const { stdout } = await lev('status', '--run', 'soft', '--slurm')
    expect(stdout).toMatch(/collect\s+done/)
    expect(stdout).not.toContain('finish')
  })

  test('while jobs are under way a second submission is refused, and says how to cancel them', async () => {
    await ran(work, `plan --run busy ${OPTIONS} --epsilon 0.02`)
    await submitted('busy', '--without', 'merge')
    const { exitCode, stderr } = await lev('slurm', 'submit', '--run', 'busy')
    expect(exitCode).toBe(75)
    expect(stderr).toContain('scancel ')
    await cluster.idle()
  })

  test('a task that fails cancels what waits for it, and the next submission goes on', async () => {
    await ran(work, `plan --run f ${OPTIONS}`)
    // One part stands already, and the input is gone at first: nothing is submitted for it.
    await ran(work, 'step map --run f --level 0 --index 3')
    const [name] = readdirSync(work.path('f/parts'))
    const part = work.path(`f/parts/${name}`)
    renameSync(work.path('K.npy'), work.path('K.gone'))
    const first = await lev('slurm', 'submit', '--run', 'f')
    expect(first.exitCode).toBe(75)
    renameSync(work.path('K.gone'), work.path('K.npy'))
    const blocked = await lev(
      'slurm',
      'submit',
      '--run',
      'f',
      '--setup',
      '[ "$SLURM_ARRAY_TASK_ID" != 2 ] || exit 9',
    )
    expect(blocked.exitCode, blocked.stderr).toBe(0)
    await cluster.idle()
    expect(existsSync(work.path('f/result/heavy.npz'))).toBe(false)
    const before = readFileSync(part)
    await submitted('f', '--without', 'merge')
    await cluster.idle()
    expect(readFileSync(part)).toEqual(before)
    expect(resultBytes(work, 'f')).toEqual(resultBytes(work, 'one'))
  })

  test('another file of the same size and time is refused by submit and by the tasks that meet it', async () => {
    const [keys, other] = ['S.npy', 'other.npy'].map((name) => work.path(name))
    const from = (name: string) => {
      copyFileSync(work.path(name), keys)
      utimesSync(keys, 1000, 1000)
    }
    const changed = readFileSync(work.path('K.npy'))
    changed[changed.length - 2] ^= 1
    writeFileSync(other, changed)
    utimesSync(other, 1000, 1000)
    from('K.npy')
    await ran(work, `plan --run s ${OPTIONS.replace('K.npy', 'S.npy')}`)
    from('other.npy')
    const refused = await lev('slurm', 'submit', '--run', 's')
    expect(refused.exitCode).toBe(75)
    expect(refused.stderr).toContain(`${keys}: holds other numbers in rows 24576 to 27999 than when`)
    from('K.npy')
    const swap = `[ "$SLURM_ARRAY_TASK_ID" != 2 ] || cp -p ${other} ${keys}`
    await submitted('s', '--without', 'merge', '--setup', swap)
    await cluster.idle()
    expect(readdirSync(work.path('s/result'))).toEqual([])
    const logs = readdirSync(work.path('s/log')).map((name) =>
      readFileSync(work.path(`s/log/${name}`), 'utf8'),
    )
    expect(logs.join()).toContain(`${keys}: `)
    from('K.npy')
    await submitted('s', '--without', 'merge')
    await cluster.idle()
    expect(resultBytes(work, 's')).toEqual(resultBytes(work, 'one'))
  })

  test('a node that dies in the middle: the same bytes after a second submission', async () => {
    await ran(work, `plan --run n ${OPTIONS}`)
    // Slow enough that the node dies with tasks on it.
    const slow = await lev('slurm', 'submit', '--run', 'n', '--without', 'merge', '--setup', 'sleep 1')
    expect(slow.exitCode, slow.stderr).toBe(0)
    while (!cluster.active().includes('RUNNING')) await setTimeout(50)
    cluster.killNode('n2')
    cluster.restart()
    await cluster.idle()
    const again = await lev('slurm', 'submit', '--run', 'n', '--without', 'merge')
    expect(again.exitCode, again.stderr).toBe(0)
    await cluster.idle()
    expect(resultBytes(work, 'n')).toEqual(resultBytes(work, 'one'))
  })
})
