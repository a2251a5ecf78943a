/** What other programs call an option of ours. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  cores: 'workers',
  cpus: 'workers',
  j: 'workers',
  jobs: 'workers',
  nthreads: 'workers',
  'n-jobs': 'workers',
  'num-threads': 'workers',
  'num-workers': 'workers',
  output: 'out',
  threads: 'workers',
  o: 'out',
  input: 'keys',
  query: 'queries',
  columns: 'cols',
  dim: 'cols',
  temp: 'tmp',
  overwrite: 'force',
  replace: 'force',
}

const OUR_ATTENTION =
  'softmax is what run does with --attention softmax, attend by itself and coverage always, at --scale S: it has no universal set, and every query meets every key'
const OUR_SOFTMAX = 'softmax of scale q.k is all that is modelled: no cap, bias or learned sink of its logits'
const OUR_CORES = 'all runs on the cores of the processor; --workers says on how many'
const OUR_INPUTS =
  'but for -o, -p, -q and -h options are spelled out: --keys and --queries for inputs, --force, --keep for numbers of keys'
const OUR_HELP = 'it stands beside --help: --help --all shows advanced options too'
const OUR_PAIRS =
  'run takes the N largest shares of each query by --attention softmax --top N; of |q.k|^P every pair of a share --epsilon is found, and --keep N is about keys, those with the largest bounds'

const OUR_ROWS =
  'rows that take part are told by --key-rows A:B and --query-rows A:B, or by --key-mask and --query-mask, of which True is seen'
const OUR_BAD_ROWS =
  'a NaN or infinity is refused; --key-mask and --query-mask leave rows out, and of several heads --skip-bad-heads leaves out those that have one'

/** What others call an option that means something else than the nearest of ours. */
const OTHER_MEANINGS: Readonly<Record<string, string>> = {
  threshold:
    'pairs are chosen by their share of a query’s attention, --epsilon in (0, 1], not by a value of q.k',
  top: OUR_PAIRS,
  'top-k': OUR_PAIRS,
  topk: OUR_PAIRS,
  softmax: OUR_ATTENTION,
  attention: OUR_ATTENTION,
  scale: OUR_ATTENTION,
  temperature: OUR_ATTENTION,
  softcap: OUR_SOFTMAX,
  'logit-softcap': OUR_SOFTMAX,
  'soft-cap': OUR_SOFTMAX,
  bias: OUR_SOFTMAX,
  alibi: OUR_SOFTMAX,
  'rel-pos': OUR_SOFTMAX,
  'attn-bias': OUR_SOFTMAX,
  'sink-logits': OUR_SOFTMAX,
  'attn-mask':
    'a mask of queries and keys together is not taken: --key-mask and --query-mask hide rows, --causal, --sliding-window and --segment what each query sees',
  mask: OUR_ROWS,
  rows: OUR_ROWS,
  'attention-mask': OUR_ROWS,
  'padding-mask': OUR_ROWS,
  'key-padding-mask': OUR_ROWS,
  'skip-nan': OUR_BAD_ROWS,
  'drop-nan': OUR_BAD_ROWS,
  dropna: OUR_BAD_ROWS,
  device: OUR_CORES,
  gpu: OUR_CORES,
  cuda: OUR_CORES,
  f: OUR_INPUTS,
  k: OUR_INPUTS,
  q: OUR_INPUTS,
  file: OUR_INPUTS,
  all: OUR_HELP,
}

const OF_HEADS =
  ', with --heads; here name one head by its index in the order of the file, : for the axis of its rows, as in K.npy#[0,:,3]'

/** Behind the commands that take an option: what serves in the others. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  heads: '; here name one head by its index, in brackets behind the file and #',
  layout: OF_HEADS,
  'as-heads': OF_HEADS,
  'skip-bad-heads': OF_HEADS,
  queries: ': a universal set needs none',
  epsilon:
    '; curve tries a dozen epsilons, merge takes that of its files, and coverage says by --heavy from which share a pair is heavy',
  heavy: '; of coverage it is the least share of a heavy pair',
  causal: '; query takes it from the .lev',
  delta: ', with --method sketch',
  method: '; others take what the .lev says',
  'query-start': ', with --causal or --segment',
}

/** Options of nearly all commands but those that read no keys. */
const OF_KEYS = ['key-rows', 'key-mask'] as const
/** More commands are no help to choose from. */
const MOST_TOLD = 10

/** Our name of an option that is called `name` elsewhere, if a command with `options` has it. */
export function knownAs(name: string, options: object): string | undefined {
  const ours = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined
  return ours !== undefined && Object.hasOwn(options, ours) ? ours : undefined
}

/** What is here in place of an option that other programs have. */
export function otherMeaning(name: string): string | undefined {
  return Object.hasOwn(OTHER_MEANINGS, name) ? OTHER_MEANINGS[name] : undefined
}

/** Options by their names, each with the commands that take it, in the order of the help. */
export type Takers = ReadonlyMap<string, readonly string[]>

/** Where an option of ours belongs that this command has not; `takers`: the commands that take it. */
export function belongsTo(name: string, takers: readonly string[]): string | undefined {
  if (name === 'version') return 'stands alone: `levattention --version`'
  if (takers.length === 0) return undefined
  if (OF_KEYS.some((one) => one === name)) return 'is an option of the commands that read keys'
  const elsewhere = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined
  if (elsewhere === undefined && takers.length > MOST_TOLD) return undefined
  return `is an option of ${commandsText(takers)}${elsewhere ?? ''}`
}

/** 'run, build and curve'. */
export function commandsText(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`
}

const SCOPE = 'is not in this version'

const COMMANDS: readonly string[] = ['convert']

/** Why a command of the design is refused; undefined where the design has none of that name. */
export function laterCommand(name: string): string | undefined {
  return COMMANDS.includes(name) ? SCOPE : undefined
}
