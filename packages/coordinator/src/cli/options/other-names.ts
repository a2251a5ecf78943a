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
  'is an option of run, build, curve, attend, coverage, scores and sample, with --heads; here name one head by its index in the order of the file, : for the axis of its rows, as in K.npy#[0,:,3]'

/** Options that one command has alone, with what serves in the others. */
const OF_ONE_COMMAND: Readonly<Record<string, string>> = {
  heads:
    'is an option of run, build, curve, attend, coverage, scores and sample; here name one head by its index, in brackets behind the file and #',
  layout: OF_HEADS,
  'as-heads': OF_HEADS,
  'skip-bad-heads': OF_HEADS,
  'key-rows': 'is an option of the commands that read keys',
  'key-mask': 'is an option of the commands that read keys',
  'query-rows': 'is an option of run, query, attend, coverage, verify and plan',
  'query-mask': 'is an option of run, query, attend, coverage, verify and plan',
  universal: 'is an option of run and query',
  queries: 'is an option of run, query, attend, coverage, verify and plan: a universal set needs none',
  epsilon:
    'is an option of run, build, query, attend and verify; curve tries a dozen epsilons, merge takes that of its files, and coverage says by --heavy from which share a pair is heavy',
  version: 'stands alone: `levattention --version`',
  append: 'is an option of build',
  'row-offset': 'is an option of build',
  heavy: 'is an option of verify, and of coverage the least share of a heavy pair',
  list: 'is an option of inspect',
}

/** Our name of an option that is called `name` elsewhere, if a command with `options` has it. */
export function knownAs(name: string, options: object): string | undefined {
  const ours = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined
  return ours !== undefined && Object.hasOwn(options, ours) ? ours : undefined
}

/** What is here in place of an option that other programs have. */
export function otherMeaning(name: string): string | undefined {
  return Object.hasOwn(OTHER_MEANINGS, name) ? OTHER_MEANINGS[name] : undefined
}

/** Where an option of ours belongs that this command has not. */
export function belongsTo(name: string): string | undefined {
  return Object.hasOwn(OF_ONE_COMMAND, name) ? OF_ONE_COMMAND[name] : undefined
}

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

const COMMANDS: readonly string[] = ['convert']

/** Why an option of the design is refused; undefined where the design has none of that name. */
export function laterOption(name: string): string | undefined {
  return Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined
}

/** As `laterOption`, for a command. */
export function laterCommand(name: string): string | undefined {
  return COMMANDS.includes(name) ? SCOPE : undefined
}
