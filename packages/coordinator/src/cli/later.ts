const SCOPE = 'is not in this version, which finds |q.k|^2 attention (p = 2), not causal'

// Written down for the designs they belong to, so that who types one hears why it is refused.
const OPTIONS: Readonly<Record<string, string>> = {
  causal: SCOPE,
  checkpoint: SCOPE,
  delta: SCOPE,
  method: `${SCOPE}; its method is always exact`,
  passes: `${SCOPE}; it reads the keys again as often as their rounding errors ask for`,
  'query-start': SCOPE,
  scores: `${SCOPE}; its scores are always exact`,
  segment: SCOPE,
  tighten: `${SCOPE}; for p = 2 its bounds are tight already`,
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
