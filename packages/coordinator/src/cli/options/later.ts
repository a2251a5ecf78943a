const SCOPE = 'is not in this version'

// Written down for the designs they belong to, so that who types one hears why it is refused.
const OPTIONS: Readonly<Record<string, string>> = {
  causal: 'is for run, build and verify; query takes it from the .lev',
  checkpoint: 'is for run',
  delta: 'is for run, build and curve, and takes --method sketch',
  method: 'is for run, build and curve; others take what the .lev says',
  'query-start': 'is for run, query and verify, and takes --causal or --segment',
  segment: 'is for run and verify',
  tighten: 'is for run and build',
}

const COMMANDS: readonly string[] = ['attend', 'bench', 'convert', 'report']

/** Why an option of the design is refused; undefined where the design has none of that name. */
export function laterOption(name: string): string | undefined {
  return Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined
}

/** As `laterOption`, for a command. */
export function laterCommand(name: string): string | undefined {
  return COMMANDS.includes(name) ? SCOPE : undefined
}
