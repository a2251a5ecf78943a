// Catches: a training that a kill -9 or a full disk leaves with other weights, or without its last checkpoint; a message without the way
// on. Cannot catch: a loss of power between rename and disk.
import { once } from 'node:events'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { startVision, vision, visionFailure } from '../cli.ts'
import { syntheticImages, writeDataSet } from '../synthetic-images.ts'

const root = mkdtempSync(join(tmpdir(), 'vision-killed-'))
afterAll(() => rmSync(root, { recursive: true }))
const data = join(root, 'data')
writeDataSet(data, { train: syntheticImages(6000, 1), t10k: syntheticImages(100, 2) }, true)

const common = [
  'train',
  '--data',
  data,
  '--tokens',
  '50',
  '--select',
  'leverage',
  '--keep',
  '8',
  '--workers',
  '2',
]
/** 100 steps, with checkpoints at 25, 50, 75 and the end. */
const STEPS = ['--batch', '8', '--images', '800', '--checkpoint', '25']
const commandOf = (name: string) => [...common, ...STEPS, '--out', join(root, name)]

test('killed at two moments and started again: the same weights and log', { timeout: 240_000 }, async () => {
  vision(...commandOf('whole'))
  for (let kill = 0; kill < 2; kill++) {
    const run = startVision(...commandOf('killed'))
    const exit = once(run, 'exit')
    const checkpoint = join(root, 'killed', 'checkpoint.safetensors')
    while (!existsSync(checkpoint)) await sleep(20)
    await sleep(150 + 350 * kill)
    run.kill('SIGKILL')
    expect(await exit).toEqual([null, 'SIGKILL'])
  }
  vision(...commandOf('killed'))
  for (const file of ['weights.safetensors', 'checkpoint.safetensors', 'log.jsonl'])
    expect(readFileSync(join(root, 'killed', file)).equals(readFileSync(join(root, 'whole', file)))).toBe(
      true,
    )
})

test('a disk that fills at the second checkpoint: told, and the first goes on elsewhere', (context) => {
  const small = join(root, 'small')
  mkdirSync(small)
  try {
    // Room for one checkpoint, and half of the next beside it.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', small], { stdio: 'ignore' })
  } catch {
    context.skip('no small file system can be mounted here')
  }
  try {
    const { status, stderr } = visionFailure(...common, ...STEPS, '--out', join(small, 'run'))
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /step 50: .*the disk is full.*; the checkpoint before it stands: make room and type/i,
    )
    expect(existsSync(join(small, 'run', 'checkpoint.safetensors'))).toBe(true)
    execFileSync('mount', ['-o', 'remount,size=4m', small])
    vision(...common, ...STEPS, '--out', join(small, 'run'))
    const weights = readFileSync(join(small, 'run', 'weights.safetensors'))
    expect(weights.equals(readFileSync(join(root, 'whole', 'weights.safetensors')))).toBe(true)
  } finally {
    execFileSync('umount', [small])
  }
})
