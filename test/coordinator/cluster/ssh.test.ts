// Catches: steps on other hosts that look for their inputs in another folder, words that a second shell takes apart, options of
// ssh that do not arrive. Cannot catch: hosts whose disks differ. Needs GNU parallel and sshd.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ended, gaussianRows, Workspace } from '../cli/bin.ts'
import { isThere } from '../../slurm/cluster.ts'
import { ran } from '../steps/support.ts'
import { SshServer, whyNoSsh } from './ssh-server.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })
const missing = isThere('parallel') ? whyNoSsh() : 'parallel is not installed'
if (missing !== undefined) console.log(`tests of GNU parallel over ssh are skipped: ${missing}`)

describe.skipIf(missing !== undefined)('GNU parallel over ssh', () => {
  const work = new Workspace()
  const server = new SshServer()
  beforeAll(async () => await server.start())
  afterAll(() => {
    server.stop()
    work.remove()
  })

  test('hosts with logins of their own, and this one, leave the bytes of one machine', async () => {
    work.npy('K.npy', [9000, 4], gaussianRows(9000, 4, 1, 20))
    await ran(work, 'build K.npy --shard-rows 4096 --out one.lev')
    // Relative paths, and a folder that two shells have to read back.
    const run = "it's $HOME"
    const planned = await ended(
      work.start(['plan', '--job', 'build', '--run', run, '--keys', 'K.npy', '--shard-rows', '4096']),
    )
    expect(planned.exitCode, planned.stderr).toBe(0)
    const logins = ['host-a', `${server.command} host-b`, ':'].flatMap((login) => ['--sshlogin', login])
    const { exitCode, stderr } = await ended(
      work.start(['parallel', '--run', run, '--jobs', '1', ...logins, '--', '--ssh', server.command]),
    )
    expect(exitCode, stderr).toBe(0)
    expect(readFileSync(work.path(`${run}/result/universal.lev`))).toEqual(readFileSync(work.path('one.lev')))
    const hosts = readFileSync(work.path(`${run}/log/map-0.joblog`), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
    expect(hosts.map((line) => line.split('\t')[1]).sort()).toEqual([
      ':',
      'host-a',
      `${server.command} host-b`,
    ])
  })
})
