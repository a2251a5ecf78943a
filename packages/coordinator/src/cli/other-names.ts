/** What other programs call an option of ours. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  cores: 'workers',
  cpus: 'workers',
  j: 'workers',
  jobs: 'workers',
  threads: 'workers',
  k: 'keys',
  q: 'queries',
  o: 'out',
  input: 'keys',
  query: 'queries',
  top: 'keep',
  'top-k': 'keep',
  threshold: 'epsilon',
  columns: 'cols',
  dim: 'cols',
  temp: 'tmp',
  overwrite: 'force',
  replace: 'force',
}

/** Options that one command has alone, with what serves in the others. */
const OF_ONE_COMMAND: Readonly<Record<string, string>> = {
  heads: "is an option of run; here name one head, as in 'K.npy#[0]'",
  universal: 'is an option of run and query',
  queries: 'is an option of run, query, verify and plan: a universal set needs none',
  epsilon:
    'is an option of run, build, query and verify; curve tries a dozen epsilons, merge takes that of its files',
  version: 'stands alone: levattention --version',
  append: 'is an option of build',
  'row-offset': 'is an option of build',
  heavy: 'is an option of verify',
  list: 'is an option of inspect',
}

/** Our name of an option that is called `name` elsewhere, if a command with `options` has it. */
export function knownAs(name: string, options: object): string | undefined {
  const ours = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined
  return ours !== undefined && Object.hasOwn(options, ours) ? ours : undefined
}

/** Where an option of ours belongs that this command has not. */
export function belongsTo(name: string): string | undefined {
  return Object.hasOwn(OF_ONE_COMMAND, name) ? OF_ONE_COMMAND[name] : undefined
}
