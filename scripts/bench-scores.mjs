// @ts-check
// node scripts/bench-scores.mjs [--n 100000] [--d 2048] [--runs 1] [--workers 2] [--python python3]
// `levattention scores` of float32 Gaussian keys against NumPy (blocks of 4,096, dsyrk, as many threads): wall seconds, and CPU seconds of
// each process but for what it takes to begin, by which they are compared where a machine is shared.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scriptArguments } from './script-arguments.mjs'

const { values } = scriptArguments({
  options: {
    n: { type: 'string', default: '100000' },
    d: { type: 'string', default: '2048' },
    runs: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    python: { type: 'string', default: 'python3' },
  },
})
const { n, d, workers, python } = values
const path = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'lev-scores-'))
const [keys, out] = [join(folder, 'K.npy'), join(folder, 'tau.npy')]
const MAKE = `
import sys, numpy as np
rng = np.random.default_rng(1)
K = np.lib.format.open_memmap(sys.argv[1], 'w+', '<f4', (int(sys.argv[2]), int(sys.argv[3])))
for i in range(0, len(K), 4096): K[i:i + 4096] = rng.standard_normal(K[i:i + 4096].shape, dtype='f4')
K.flush()`

/**
 * What a process prints, its wall and CPU seconds, and the most memory that it held: as Linux tells them, every 50 ms.
 * @param {string} program @param {readonly string[]} args
 */
async function measured(program, args) {
  const env = { ...process.env, OPENBLAS_NUM_THREADS: workers }
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let [printed, peakKib, ticks] = ['', 0, 0]
  child.stdout.on('data', (part) => (printed += part))
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      peakKib = Math.max(peakKib, Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0))
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ')
      ticks = Number(fields[11]) + Number(fields[12])
    } catch {
      // It has ended.
    }
  }, 50)
  const start = performance.now()
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(watch)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}`)
  const seconds = (performance.now() - start) / 1000
  return { printed, seconds, cpuSeconds: ticks / 100, peakMib: Math.round(peakKib / 1024) }
}

try {
  execFileSync(python, ['-c', MAKE, keys, n, d])
  for (let run = 0; run < Number(values.runs); run++) {
    const command = path('../packages/coordinator/bin/levattention.mjs')
    const line = [command, 'scores', keys, '--out', out, '--force', '--workers', workers, '--quiet', '--json']
    const ours = await measured(process.execPath, line)
    const theirs = await measured(python, [path('../packages/coordinator/peers/plain.py'), 'scores', keys])
    const { scoreSum } = JSON.parse(ours.printed)
    const peer = JSON.parse(theirs.printed)
    const ratio = ours.cpuSeconds / peer.cpuSeconds
    console.log(
      `[${n}, ${d}]: ${ours.seconds.toFixed(1)} s, CPU ${ours.cpuSeconds.toFixed(1)} s, ${ours.peakMib} MiB; NumPy ${peer.seconds.toFixed(1)} s, CPU ${peer.cpuSeconds.toFixed(1)} s (arrays in memory), ${theirs.peakMib} MiB: CPU ratio ${ratio.toFixed(2)}; scores sum to ${scoreSum} and ${peer.scoreSum}`,
    )
  }
} finally {
  rmSync(folder, { recursive: true })
}
