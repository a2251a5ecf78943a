// @ts-check
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sha256 } from '../../test/support/digests.mjs'
import { COMMAND, ROOT } from '../../test/support/command.mjs'
import { require, requireEqual, Skip } from './check.mjs'
import { execute, summaryOf } from './command.mjs'

/**
 * @typedef {Awaited<ReturnType<typeof startCluster>>} Cluster
 *
 * @typedef {object} Disturbance
 * @property {readonly string[]} [start] options of start.sh
 * @property {readonly string[]} [setup] lines of a job's script
 * @property {(cluster: Cluster) => Promise<void>} [disturb]
 * @property {string} [base] where the cluster's folder lies
 */

const SHARDS = 24
const CUT = ['--shards', `${SHARDS}`, '--fan-in', '4', '--query-batches', '6']
const IDLE_MS = 180_000
const EMPTY_POLLS = 10
const SAVED_MS = 15_000

/**
 * A run of 24 shards, fan-in 4 and 6 query batches on a real Slurm of four nodes, undisturbed and disturbed.
 * @type {import('./check.mjs').Concern}
 */
export const slurm = {
  name: 'slurm',
  about:
    'runs on a private Slurm of four nodes: the bytes of one machine, through failing tasks, a dead node, a restarted controller',
  async *checks({ scratch }) {
    requireSlurm()
    const folder = join(scratch, 'slurm')
    try {
      yield { what: 'the run on one machine', run: async () => await oneMachine(folder) }
      for (const [what, how] of Object.entries(DISTURBANCES)) {
        const run = async () => {
          if (how.start?.includes('--private-tmp')) requireOutsideTmp()
          return await onSlurm(folder, how)
        }
        yield { what, run }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** @type {Readonly<Record<string, Disturbance>>} */
const DISTURBANCES = {
  undisturbed: {},
  'a map task that fails at first': { setup: ['[ "$SLURM_ARRAY_TASK_ID" != 2 ] || exit 9'] },
  'a node that dies in the middle': { setup: ['sleep 1'], disturb: (cluster) => killNode(cluster) },
  'a controller that is restarted': { setup: ['sleep 1'], disturb: (cluster) => restart(cluster) },
  'arrays of five': { start: ['--set', 'MaxArraySize=5'] },
  'no shared temporary folder': { start: ['--private-tmp'], base: '/var/tmp' },
}

function requireSlurm() {
  const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`
  const missing = ['sbatch', 'slurmctld', 'slurmd', 'munged'].filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`], { env: { ...process.env, PATH } }).status !== 0,
  )
  if (missing.length > 0) throw new Skip(`${missing.join(', ')} not installed: test/slurm/start.sh --install`)
  if (process.getuid?.() !== 0) throw new Skip('not root')
}

/** Nodes with a /tmp of their own do not see a repository that lies in it. */
function requireOutsideTmp() {
  if (`${ROOT}/`.startsWith('/tmp/'))
    throw new Skip('the repository lies in /tmp: clone it to another folder')
}

/** @param {string} folder */
async function oneMachine(folder) {
  await summaryOf(
    'generate',
    'planted',
    '--out',
    folder,
    '--n',
    `${SHARDS * 8192}`,
    '--d',
    '16',
    '--m',
    '3000',
  )
  const { pairs } = await summaryOf('run', ...inputsOf(folder), ...CUT, '--checkpoint', join(folder, 'one'))
  return `${pairs} pairs`
}

/**
 * @param {string} folder
 * @param {Disturbance} how
 */
async function onSlurm(folder, { start = [], setup = [], disturb, base = tmpdir() }) {
  // /tmp of a job may be another than ours.
  const shared = mkdtempSync(join(base, 'lev-acceptance-'))
  const cluster = await startCluster(start, base)
  try {
    const run = join(shared, 'run')
    if (base !== tmpdir()) spawnSync('cp', [join(folder, 'K.npy'), join(folder, 'Q.npy'), shared])
    const from = base === tmpdir() ? folder : shared
    await summaryOf('plan', '--run', run, ...inputsOf(from), ...CUT)
    await submit(cluster, run, setup)
    if (disturb) {
      while (!(await active(cluster))?.includes('RUNNING')) await sleep(50)
      await disturb(cluster)
    }
    await idle(cluster)
    const first = existsSync(join(run, 'result/heavy.npz'))
    // Undisturbed, one submission has to do.
    require(first || setup.length > 0, `one submission was not enough: ${await unfinished(cluster)}`)
    if (!first) {
      await submit(cluster, run, [])
      await idle(cluster)
    }
    for (const name of ['heavy.npz', 'universal.lev'])
      requireEqual(sha256(join(run, 'result', name)), sha256(join(folder, 'one/result', name)), name)
    const merged = readdirSync(join(run, 'parts')).filter((name) => name.startsWith('merge.')).length
    require(merged > 0, 'no step merge left a sum')
    return `${first ? 'one submission' : 'a second submission went on'}; the bytes of one machine`
  } finally {
    await script('stop.sh', ['--dir', cluster.dir, '--purge'])
    rmSync(shared, { recursive: true, force: true })
    rmSync(cluster.dir, { recursive: true, force: true })
  }
}

/**
 * @param {readonly string[]} options
 * @param {string} base
 */
async function startCluster(options, base) {
  const dir = mkdtempSync(join(base, 'lev-slurm-'))
  const { stdout } = await script('start.sh', ['--dir', dir, '--nodes', '4', ...options])
  return {
    dir,
    env: { ...process.env, SLURM_CONF: stdout.trim().replace(/^export SLURM_CONF=/, '') },
  }
}

/**
 * @param {string} name
 * @param {readonly string[]} args
 */
async function script(name, args) {
  const ran = await execute(join(ROOT, 'test/slurm', name), args)
  require(ran.exitCode === 0, `${name} ${args.join(' ')}: ${ran.stderr.slice(-500)}`)
  return ran
}

/** @param {Cluster} cluster */
async function killNode({ dir }) {
  await script('fail-node.sh', ['--dir', dir, '--tell', 'n2'])
  await script('start.sh', ['--dir', dir])
}

/**
 * Kills the controller once it has saved what was submitted: one that forgets jobs gives their numbers to others.
 * @param {Cluster} cluster
 */
async function restart({ dir }) {
  const asked = Date.now()
  const savedAt = () => statSync(join(dir, 'state/job_state'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const end = performance.now() + SAVED_MS
  while (savedAt() <= asked && performance.now() < end) await sleep(50)
  const pid = readFileSync(join(dir, 'run/slurmctld.pid'), 'utf8').trim()
  spawnSync('kill', ['-9', pid])
  while (existsSync(`/proc/${pid}`)) await sleep(10)
  await script('start.sh', ['--dir', dir])
}

/**
 * @param {Cluster} cluster
 * @param {string} run
 * @param {readonly string[]} setup
 */
async function submit({ env }, run, setup) {
  const lines = setup.flatMap((line) => ['--setup', line])
  const args = ['slurm', 'submit', '--run', run, ...lines, '--json', '--quiet']
  const { exitCode, stdout, stderr } = await execute(process.execPath, [COMMAND, ...args], { env })
  require(exitCode === 0, `slurm submit: exit code ${exitCode}: ${stdout}${stderr}`)
}

/**
 * States of all tasks that are not over; undefined where the controller does not answer.
 * @param {Cluster} cluster
 */
async function active({ env }) {
  const { exitCode, stdout } = await execute('squeue', ['-h', '-r', '-o', '%T'], { env })
  return exitCode === 0 ? stdout.split('\n').filter((line) => line !== '') : undefined
}

/**
 * Jobs that did not end well, and why.
 * @param {Cluster} cluster
 */
async function unfinished({ env }) {
  const { stdout } = await execute('squeue', ['-h', '-t', 'all', '-o', '%j %T %r'], { env })
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.includes(' COMPLETED '))
  return [...new Set(lines)].join(', ')
}

/**
 * Until nothing is under way. One empty answer is no end. A controller that was killed may have lost jobs that others wait
 * for: those are cancelled, as `slurm submit` says.
 * @param {Cluster} cluster
 */
async function idle(cluster) {
  const end = performance.now() + IDLE_MS
  for (let empty = 0; empty < EMPTY_POLLS;) {
    empty = (await active(cluster))?.length === 0 ? empty + 1 : 0
    if (performance.now() > end) await execute('scancel', ['--user=root'], { env: cluster.env })
    require(performance.now() < 2 * IDLE_MS + end, 'jobs are still active though they were cancelled')
    await sleep(300)
  }
}

/** @param {string} folder */
const inputsOf = (folder) => ['--keys', join(folder, 'K.npy'), '--queries', join(folder, 'Q.npy')]
