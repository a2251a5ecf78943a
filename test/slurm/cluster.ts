/** A private Slurm cluster on this host (start.sh), and the command that uses it. Where Slurm is missing, tests skip and say so. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Why no cluster can be started here; undefined where one can. */
export function whyNoSlurm(): string | undefined {
  const missing = ['sbatch', 'slurmctld', 'slurmd', 'munged'].filter((tool) => !isThere(tool))
  if (missing.length > 0)
    return `${missing.join(', ')} not installed (test/slurm/start.sh --install, as root)`
  if (process.getuid?.() !== 0) return 'not root'
  return undefined
}

export function isThere(tool: string): boolean {
  const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`
  return spawnSync('sh', ['-c', `command -v ${tool}`], { env: { ...process.env, PATH } }).status === 0
}

export class Cluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'lev-slurm-'))
  readonly #conf: string

  constructor(...settings: string[]) {
    const args = ['--dir', this.folder, '--nodes', '4', ...settings.flatMap((one) => ['--set', one])]
    const printed = execFileSync(join(here, 'start.sh'), args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.#conf = printed.trim().replace(/^export SLURM_CONF=/, '')
  }

  get env(): NodeJS.ProcessEnv {
    return { SLURM_CONF: this.#conf }
  }

  /** Kills a node with all that runs on it, and tells the controller; `start.sh` then brings it back. */
  killNode(node: string): void {
    execFileSync(join(here, 'fail-node.sh'), ['--dir', this.folder, '--tell', node], { stdio: 'ignore' })
  }

  restart(): void {
    execFileSync(join(here, 'start.sh'), ['--dir', this.folder], { stdio: 'ignore' })
  }

  /** States of all tasks that are not over. */
  active(): string[] {
    const printed = execFileSync('squeue', ['-h', '-r', '-o', '%T'], {
      encoding: 'utf8',
      env: { ...process.env, ...this.env },
    })
    return printed.split('\n').filter((line) => line !== '')
  }

  async idle(timeoutMs = 240_000): Promise<void> {
    const end = performance.now() + timeoutMs
    while (this.active().length > 0) {
      if (performance.now() > end) throw new Error(`still active: ${this.active().join(' ')}`)
      await setTimeout(300)
    }
  }

  stop(): void {
    spawnSync(join(here, 'stop.sh'), ['--dir', this.folder, '--purge'], { stdio: 'ignore' })
    rmSync(this.folder, { recursive: true, force: true })
  }
}
