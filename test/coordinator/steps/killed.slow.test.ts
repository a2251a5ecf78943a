// Catches: a checkpointed run that after kill -9 leaves other bytes, repeats a finished shard, or does not go on at all. Cannot
// catch: a power cut (that parts are fsynced is read, not tried).
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { ended, gaussianRows, Workspace } from '../cli/bin.ts'

const work = new Workspace()
afterAll(() => work.remove())
const ARGS = [
  '--keys',
  'K.npy',
  '--queries',
  'Q.npy',
  '--shard-rows',
  '4096',
  '--query-batches',
  '8',
  '--epsilon',
  '0.003',
]

/** Every part by name, with what tells its file from any other: one that is made again has another inode and time. */
function parts(run: string): Map<string, string> {
  const folder = work.path(join(run, 'parts'))
  if (!existsSync(folder)) return new Map()
  const names = readdirSync(folder).filter((name) => name.endsWith('.part'))
  return new Map(
    names.map((name) => {
      const { ino, mtimeNs } = statSync(join(folder, name), { bigint: true })
      return [name, `${ino} ${mtimeNs}`]
    }),
  )
}

/** Starts the run, and kills it once `more` parts have come. */
async function killedAfter(more: number): Promise<void> {
  const before = parts('C').size
  const child = work.start([
    'run',
    ...ARGS,
    '--workers',
    '2',
    '--checkpoint',
    'C',
    '--out',
    'c.npz',
    '--quiet',
  ])
  const end = ended(child).then(() => true)
  while (parts('C').size < before + more) if (await Promise.race([sleep(2), end])) return
  child.kill('SIGKILL')
  await end
}

test(
  'killed again and again, the same command ends with the same bytes and repeats no part',
  { timeout: 120_000 },
  async () => {
    work.npy('K.npy', [160_000, 24], gaussianRows(160_000, 24, 1, 60))
    work.npy('Q.npy', [4000, 24], gaussianRows(4000, 24, 2))
    const whole = await ended(
      work.start(['run', ...ARGS, '--workers', '2', '--out', 'one.npz', '--universal', 'one.lev', '--quiet']),
    )
    expect(whole).toMatchObject({ exitCode: 0 })
    let seen = new Map<string, string>()
    for (const more of [1, 9, 17, 25, 21]) {
      await killedAfter(more)
      const now = parts('C')
      for (const [name, file] of seen) expect(now.get(name), name).toBe(file)
      seen = now
    }
    rmSync(work.path('c.npz'), { force: true })
    const last = await ended(
      work.start(['run', ...ARGS, '--workers', '1', '--checkpoint', 'C', '--out', 'c.npz', '--quiet']),
    )
    expect(last).toMatchObject({ exitCode: 0, stderr: '' })
    for (const [name, file] of seen) expect(parts('C').get(name), name).toBe(file)
    for (const heavy of ['c.npz', 'C/result/heavy.npz'])
      expect(readFileSync(work.path(heavy)).equals(readFileSync(work.path('one.npz'))), heavy).toBe(true)
    expect(readFileSync(work.path('C/result/universal.lev')).equals(readFileSync(work.path('one.lev')))).toBe(
      true,
    )
  },
)
