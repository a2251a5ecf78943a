import { isPower, LevError, MAX_COLS, type RowRange } from '@levattention/core/internal'
import {
  chanceOption,
  choiceOption,
  countOption,
  flagOption,
  listOption,
  numberOption,
  parseNumber,
  shareOption,
  textOption,
  type ValueOption,
} from './option.ts'

/** Of every command; `main` adds them. */
export const commonOptions = {
  json: flagOption('The summary as one JSON object on standard output; failures as well'),
  quiet: flagOption('No progress and no summary on standard error'),
  verbose: flagOption('Where it failed by a defect of ours: the stack'),
}

/** How a file's bytes are read: for each command that opens matrices. */
export const inputOptions = {
  concat: flagOption('Several files are the rows of one matrix, one after the other'),
  dtype: choiceOption(
    ['f16', 'bf16', 'f32', 'f64'],
    'The input is raw little-endian numbers of this type; bf16: so are two-byte elements of a .npy or .npz',
  ),
  cols: countOption('D', 'Columns of a raw input', 1, MAX_COLS),
  offset: countOption('BYTES', 'Where the numbers of a raw input begin; default 0', 0),
  order: choiceOption(
    ['C', 'F'],
    'Of a raw input: C, row after row (default), or F, column after column, as R, MATLAB, Julia and Fortran write',
  ),
  columns: textOption(
    'LIST',
    'Columns of a table (.csv, .tsv, .parquet) by name or by number from 0, in this order: a,b,3:7 (3 to 6)',
  ),
  header: choiceOption(
    ['yes', 'no'],
    'Whether the first line of a .csv or .tsv names its columns; default: told from what stands there',
  ),
  id: textOption(
    'COLUMN',
    'Of a table: the column, by name or number, that names the rows, on the screen and in a .csv of scores; it is none of the numbers',
  ),
  tmp: textOption(
    'DIR',
    'Folder for temporary files; default: the system’s for what inputs are inflated or turned into, the output’s for pairs',
  ),
}

export const keysOption = listOption(
  'FILE',
  'Keys K [n, d]: .npy, .npz#name, .safetensors#name, .csv, .tsv, .parquet, .fvecs, raw; @list.txt',
)
export const queriesOption = listOption('FILE', 'Queries Q [m, d], as the keys')

export const checkpointOption = textOption(
  'DIR',
  'A run folder: finished parts are kept there, and the same command, `slurm` or `step` goes on from them',
)

export const runtimeOptions = {
  workers: countOption(
    'N',
    'Threads; 0 = this one. Default: the cores granted; none for small inputs',
    0,
    1024,
  ),
  'hang-limit': countOption(
    'SECONDS',
    'A thread without a sign of life for so long is replaced, and its task tried again, 3 times; default 600',
    1,
    1_000_000,
  ),
  kernels: choiceOption(
    ['auto', 'native', 'wasm', 'scalar'],
    'Which inner loops; default auto: native ones where they are built. No byte depends on it',
  ),
}

/** They may change rounding, where --workers never does. */
export const planOptions = {
  shards: countOption('N', 'Cut the keys into N shards, or fewer: of a multiple of 4096 rows each'),
  'shard-rows': countOption('R', 'Or into shards of R rows, a multiple of 4096'),
  'fan-in': countOption('N', 'Summaries merged at a time; default 16', 2),
  'query-batches': countOption('N', 'Cut the queries into N batches; default: of 1024'),
}

export const outputOptions = { force: flagOption('Replace outputs that exist') }

/** Attention exponent. */
export const powerOption: ValueOption<number> = {
  kind: 'value',
  placeholder: 'P',
  description: 'Exponent of |q.k|^P attention, above 0; default 2',
  parse(text, name) {
    const p = parseNumber(text, name, 2)
    if (isPower(p)) return p
    const message = `--${name} is ${text}: it must be above 0, for instance \`--${name} 2\``
    throw new LevError('Option', message, { option: name })
  },
}

/** How far keys are weighed, P other than 2. */
export const passesOption = countOption(
  'N',
  'P other than 2: passes that weigh the keys at most; default 16, fewer where another gains little; with 1 `run` and `build` read the keys once in all',
  1,
  1000,
)

/** How keys are chosen. */
export const methodOptions = {
  method: choiceOption(
    ['exact', 'sketch'],
    'exact (default): nothing missed; sketch: but with a probability of D, by random sketches, P = 2, from files',
  ),
  delta: chanceOption(
    'D',
    'Method sketch, and scores estimate: probability, over seeds, that anything is missed; default 1e-6',
    1e-6,
  ),
  seed: countOption(
    'S',
    'Method sketch: which sketches; default 1. Scores estimate: which draws; default one at random, which is told',
    0,
  ),
}

/** With scores estimate, where no set is made. */
export const estimateOptions = {
  delta: chanceOption(
    'D',
    'Scores estimate: probability, over seeds, that a pair is missed; default 1e-6',
    1e-6,
  ),
  seed: countOption('S', 'Scores estimate: which draws; default one at random, which is told', 0),
}

/** P other than 2. */
export const tightenOption = flagOption(
  'P of at least 1 other than 2: lower the bounds of at most 1000 keys, in up to 5 further passes',
)

export const scoresOption = choiceOption(
  ['exact', 'interval', 'estimate'],
  'P other than 2: scores by sums over all keys (default; for queries with a heavy pair the work of brute force), certified intervals where these settle a pair, ' +
    'or estimates from draws, which pay from about 300,000 keys: none missed but with a probability of --delta D (default 1e-6) over --seed S (default one at random), with standard errors',
)

/** Which keys are kept. */
export const epsilonOptions = {
  epsilon: shareOption('E', 'Least share of a query’s attention, in (0, 1]; default 0.01'),
  keep: countOption(
    'N',
    'Instead of --epsilon: the N keys with the largest bounds, and the epsilon they certify',
  ),
  p: powerOption,
}

export const causalOption = flagOption('Query i sees keys up to its own position alone: 0 to i')

export const queryStartOption = countOption(
  'P',
  'With --causal, --segment or local keys: query i stands at key P + i; needed where Q has not as many rows as K',
  0,
)

export const segmentOption = countOption(
  'W',
  'Rows 0 to W-1, W to 2W-1, … of K and Q are a K and a Q of their own',
)

/** Which keys a query sees. */
export const maskOptions = {
  causal: causalOption,
  'query-start': queryStartOption,
  segment: segmentOption,
}

/** Which keys take part. */
export const keyRowsOptions = {
  'key-rows': rowsOption('The keys A to B-1 alone take part; ids and positions stay the file’s'),
  'key-mask': textOption(
    'FILE',
    'Keys that are seen: true or 1 in an array [n] or [batch, n] (as SDPA and Hugging Face; nn.MultiheadAttention’s is the reverse)',
  ),
}

/** Which keys and queries take part. */
export const seenOptions = {
  'key-rows': keyRowsOptions['key-rows'],
  'query-rows': rowsOption('The queries A to B-1 alone are answered; ids and positions stay the file’s'),
  'key-mask': keyRowsOptions['key-mask'],
  'query-mask': textOption('FILE', 'Queries that are not padding: [m] or [batch, m], as --key-mask'),
}

/** Which keys a query of softmax sees, beside `maskOptions`. */
export const visibilityOptions = {
  'sliding-window': countOption(
    'W',
    'With --causal: query i sees its own key and the W-1 before it (flash-attention’s left window is W-1)',
  ),
  ...seenOptions,
}

export const scaleOption = numberOption(
  'S',
  'Softmax of S times q.k, above 0; default 1/sqrt(d), and 1 where the queries were scaled before',
)

/** Softmax pairs alone. */
export const softmaxPairsOptions = {
  attention: choiceOption(
    ['power', 'softmax'],
    'power (default): |q.k|^P, by the universal set; softmax: exp(S q.k), whose heavy pairs take all keys and all queries',
  ),
  scale: scaleOption,
  top: countOption('N', 'Softmax: the N keys of the largest share of each query; with --epsilon both hold'),
  precision: choiceOption(
    ['f32', 'f64'],
    'Softmax: float32 (default; rows that it cannot decide go to float64), or float64 throughout',
  ),
  ...visibilityOptions,
}

/** A:B, rows A to B-1. */
function rowsOption(description: string): ValueOption<RowRange> {
  return {
    kind: 'value',
    placeholder: 'A:B',
    description,
    parse(text, name) {
      const found = /^(\d{1,15}):(\d{1,15})$/.exec(text)
      const [rowStart, rowEnd] = [Number(found?.[1]), Number(found?.[2])]
      if (found && rowStart < rowEnd) return { rowStart, rowEnd }
      const message = `--${name} is '${text}'; it is A:B, rows A to B-1 counted from 0, as in \`--${name} 0:512\``
      throw new LevError('Option', message, { option: name })
    },
  }
}

export const signOption = choiceOption(
  ['both', 'positive'],
  'positive: only pairs with q.k > 0; default both',
)

export const pairsOption = textOption(
  'FILE',
  'Where the pairs go: .npz, .ndjson, .csv, or - (default): lines of JSON on standard output',
)
