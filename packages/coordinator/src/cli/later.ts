const SCOPE = 'is not in this version, which finds |q.k|^p attention, not causal'

// Written down for the designs they belong to, so that who types one hears why it is refused.
const OPTIONS: Readonly<Record<string, string>> = {
  causal: SCOPE,
  checkpoint: SCOPE,
  'query-start': SCOPE,
  segment: SCOPE,
}

const COMMANDS: readonly string[] = [
  'attend',
  'bench',
  'convert',
  'parallel',
  'plan',
  'report',
  'slurm',
  'status',
  'step',
]

/** Why an option of the design is refused; undefined where the design has none of that name. */
export function laterOption(name: string): string | undefined {
  return Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined
}

/** As `laterOption`, for a command. */
export function laterCommand(name: string): string | undefined {
  return COMMANDS.includes(name) ? SCOPE : undefined
}
