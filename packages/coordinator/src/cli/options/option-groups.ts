/** Under which heading help shows an option: by its name, or by command and name where commands differ. */
const GROUPS: readonly (readonly [title: string, options: readonly string[]])[] = [
  [
    'Inputs',
    [
      'run',
      'keys',
      'queries',
      'values',
      'query universal',
      'verify heavy',
      'append',
      'concat',
      'image',
      'tokens',
    ],
  ],
  [
    'What is asked',
    [
      'job',
      'only',
      'sizes',
      'runs',
      'estimate',
      'n',
      'd',
      'm',
      'planted',
      'noise',
      'coherence',
      'epsilon',
      'keep',
      'ids',
      'full',
    ].concat(
      ['attention', 'p', 'scale', 'top', 'precision', 'scores', 'sign', 'heavy', 'sample', 'holdout', 'rows'],
      [
        'seed',
        'passes',
        'tighten',
        'method',
        'delta',
        'row-offset',
        'intercept',
        'weights',
        'weight-column',
        'list',
      ],
      ['level', 'index', 'height', 'index-offset', 'shards-per-task', 'batches-per-task'],
    ),
  ],
  [
    'Selected keys',
    ['select', 'local', 'grid', 'prefix-tokens', 'sink-tokens', 'rest-clusters', 'fit-queries'],
  ],
  [
    'Which keys a query sees',
    [
      'causal',
      'query-start',
      'segment',
      'sliding-window',
      'key-rows',
      'query-rows',
      'key-mask',
      'query-mask',
      'drop-missing',
    ],
  ],
  ['Heads', ['heads', 'layout', 'as-heads', 'skip-bad-heads']],
  ['Tables and raw files', ['columns', 'header', 'id', 'dtype', 'cols', 'offset', 'order']],
  ['Outputs', ['out', 'svg', 'universal', 'lse', 'selected', 'out-dtype', 'checkpoint', 'force']],
  [
    'Cluster',
    [
      'slurm',
      'partition',
      'account',
      'qos',
      'time',
      'mem',
      'mem-per-cpu',
      'cpus-per-task',
      'array-limit',
    ].concat(['setup', 'without', 'dry-run', 'jobs', 'sshlogin']),
  ],
  [
    'How it is run',
    ['workers', 'python', 'shards', 'shard-rows', 'query-batches', 'fan-in', 'kernels', 'hang-limit', 'tmp'],
  ],
  ['On the screen', ['json', 'quiet', 'verbose']],
]

/** Shown by --help --all alone. */
const ADVANCED: ReadonlySet<string> = new Set([
  'delta',
  'fan-in',
  'hang-limit',
  'height',
  'index-offset',
  'kernels',
  'method',
  'passes',
  'query-batches',
  'row-offset',
  'shard-rows',
  'shards',
  'tighten',
  'tmp',
  'verbose',
  // Of sketches.
  'build seed',
  'curve seed',
  'run seed',
])
/** In these commands what is advanced elsewhere is what they are about. */
const USUAL: ReadonlySet<string> = new Set(['plan shards', 'plan shard-rows', 'plan query-batches'])

/** The titles, in the order of the help. */
export const groupTitles: readonly string[] = GROUPS.map(([title]) => title)

/** The heading of option `name` of `command`; undefined where none of that name has one. */
export function groupOf(command: string, name: string): string | undefined {
  const own = `${command} ${name}`
  const group =
    GROUPS.find(([, names]) => names.includes(own)) ?? GROUPS.find(([, names]) => names.includes(name))
  return group?.[0]
}

export function isAdvanced(command: string, name: string): boolean {
  const own = `${command} ${name}`
  return (ADVANCED.has(name) || ADVANCED.has(own)) && !USUAL.has(own)
}

/** One letter for what is typed most. */
export const shortNames: Readonly<Record<string, string>> = { out: 'o', quiet: 'q' }
