import type { Readable } from 'node:stream'
import { tmpdir } from 'node:os'
import {
  causeText,
  concatMatrices,
  describesItself,
  fileHeads,
  type FilePart,
  fileState,
  type Heads,
  inflateArray,
  type InflatedMember,
  inflateInput,
  inputParts,
  isSameState,
  LevError,
  type MatrixSource,
  openHeads,
  openMask,
  type NumberRows,
  openMatrix,
  openNumbers,
  openRowStream,
  type OpenOptions,
  registerTemporary,
  resolveArray,
  removeTemporary,
  requireWritable,
  type RowMask,
  type RowStream,
} from '@levattention/core/internal'
import { type JobInput, nameNonFinite } from './name-non-finite.ts'
import type { RunStats } from '../tasks/run-context.ts'
import {
  severalFiles,
  severalHeads,
  warnOfHidden,
  warnOfLayout,
  warnOfOneMask,
  withLayoutAdvice,
} from './input-messages.ts'
import { piecesOf, STREAM } from './piped-bytes.ts'
import { SeenInputs } from './seen-inputs.ts'
import { expandAddresses } from '../files/expand-addresses.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary } from '../job/job-summary.ts'
import type { SeenFacts, SeenFiles } from '../problem/seen-rows.ts'

/** How inputs are to be read; the names are those of the options. */
export interface InputOptions {
  readonly concat?: boolean | undefined
  readonly dtype?: string | undefined
  readonly cols?: number | undefined
  readonly offset?: number | undefined
  /** The letters of the axes of arrays that hold heads. */
  readonly layout?: string | undefined
  /** Several files are heads, one each; undefined where the command takes none. */
  readonly asHeads?: boolean | undefined
  /** Heads with a NaN or infinity are left out, and listed. */
  readonly skipBadHeads?: boolean | undefined
  /** Rows of keys and queries that are read as zeros: see `withSeen`. */
  readonly seen?: SeenFiles | undefined
  readonly tmp?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** A step of many does not read the whole input to count what is not finite: it names what its own rows hold. */
  readonly isStep?: boolean | undefined
  /** Where keys named '-' come from; asked for only then. */
  readonly stdin?: (() => Readable) | undefined
}

/** The inputs of one job. `close` removes what was inflated; `requireUnchanged` before anything is put in its place. */
export class Inputs {
  readonly #options: InputOptions
  readonly stats: RunStats
  readonly #inflated: string[] = []
  readonly #sources: MatrixSource[] = []
  readonly #loaded: Pick<RowMask, 'file'>[] = [] // masks and numbers
  readonly #named = new Map<string, JobInput>()
  readonly #seen: SeenInputs
  #rawUsed = false
  #streamed: { bytes: Readable; rows: number } | undefined

  constructor(options: InputOptions, stats: RunStats) {
    this.#options = options
    this.stats = stats
    this.#seen = new SeenInputs(options.seen ?? {}, (...mask) => this.openMask(...mask))
  }

  /** What a summary says of what was opened. */
  get facts(): SeenFacts & Pick<JobSummary, 'inputs'> {
    return { ...this.#seen.facts, inputs: this.parts }
  }

  /** What to show as the summary's `inputs`; heads of one file once. */
  get parts(): { path: string; firstRow: number; rows: number }[] {
    const streamed = this.#streamed ? [{ path: STREAM.path, firstRow: 0, rows: this.#streamed.rows }] : []
    const parts = [...streamed, ...this.#sources.flatMap((source) => inputParts(source))]
    return [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()]
  }

  /** Paths of the files opened so far, as the user named them. */
  get paths(): string[] {
    const parts = this.#sources.flatMap((source) => inputParts(source))
    return [...new Set([...parts, ...this.#loaded.map(({ file }) => file)].map(({ path }) => path))]
  }

  /** The files that `given` names, lists and patterns expanded. Throws Option (none), and as `expandAddresses`. */
  async names(given: readonly string[], option: string): Promise<string[]> {
    const addresses = await expandAddresses(given, option, this.#options.signal)
    if (addresses.length > 0) return addresses
    const message = `no ${option}: name a file, as in \`--${option} ${option}.npy\``
    throw new LevError('Option', message, { option })
  }

  /**
   * The matrix that `given` names: one file, or with `concat` the rows of several. `option` is the option's name.
   * Throws Option (none, several without `concat`), and as `openMatrix`.
   */
  async open(given: readonly string[], option: string): Promise<MatrixSource> {
    const addresses = await this.names(given, option)
    if (addresses.length > 1 && !this.#options.concat)
      throw severalFiles(addresses, option, this.#options.asHeads !== undefined)
    const sources: MatrixSource[] = []
    for (const address of addresses) sources.push(openMatrix(address, await this.#openOptions(address)))
    const whole = concatMatrices(sources)
    this.#sources.push(whole)
    const source = await this.#seen.matrix(whole, option)
    this.#named.set(option, [() => source])
    return source
  }

  /**
   * The matrix on standard input, read up to its first row. Throws Option (a terminal, none given), Aborted, and as
   * `openRowStream`.
   */
  async openStream(): Promise<RowStream> {
    const { stdin, dtype, cols, offset, signal } = this.#options
    const bytes = stdin?.()
    if (bytes === undefined || ('isTTY' in bytes && bytes.isTTY === true)) {
      const message =
        'keys from - come through a pipe, and none is there; as a file does that cat writes into it'
      throw new LevError('Option', message, { option: 'keys' })
    }
    this.#streamed = { bytes, rows: 0 }
    const raw = { dtype, cols, offsetBytes: offset }
    const stream = await openRowStream(piecesOf(bytes, signal), raw, STREAM.name)
    this.#rawUsed ||= stream.rows === undefined || stream.isBfloat16
    return stream
  }

  /** The stream's rows, counted for the summary. */
  countStreamed(rows: number): void {
    if (this.#streamed) this.#streamed.rows = rows
  }

  /** The input that was opened as `option`; the keys where they are the queries as well. */
  named(option: string): JobInput | undefined {
    return this.#named.get(option) ?? this.#named.get('keys')
  }

  /** Of the heads of keys and queries the job reads those of `pairs`. */
  readHeadPairs(
    keys: Heads,
    queries: Heads,
    pairs: readonly { readonly head: number; readonly keyHead: number }[],
  ): void {
    this.readHeads(
      'keys',
      keys,
      pairs.map(({ keyHead }) => keyHead),
    )
    this.readHeads(
      'queries',
      queries,
      pairs.map(({ head }) => head),
    )
  }

  /** Of the heads that were opened as `option` the job reads these. */
  readHeads(option: string, heads: Heads, headIndices: readonly number[]): void {
    const each = [...new Set(headIndices)].sort((a, b) => a - b)
    this.#named.set(
      option,
      each.map((headIndex) => () => heads.open(headIndex)),
    )
  }

  /**
   * The heads of the array that `given` names, or with `asHeads` of several files, one each. Throws Option, and as `openHeads` and
   * `fileHeads`.
   */
  async openHeads(given: readonly string[], option: string): Promise<Heads> {
    const addresses = await this.names(given, option)
    const heads =
      addresses.length === 1 ? await this.#headsOf(addresses[0]) : await this.#headFiles(addresses, option)
    const open = (headIndex: number) => {
      const source = heads.open(headIndex)
      this.#sources.push(source)
      return source
    }
    return await this.#seen.heads({ ...heads, open }, option)
  }

  async #headsOf(address: string): Promise<Heads> {
    const { layout } = this.#options
    const heads = openHeads(address, { ...(await this.#openOptions(address)), layout })
    if (layout === undefined) warnOfLayout(heads, this.stats)
    return heads
  }

  async #headFiles(addresses: readonly string[], option: string): Promise<Heads> {
    if (!this.#options.asHeads) throw severalHeads(addresses, option)
    const files: { address: string; options: OpenOptions }[] = []
    for (const address of addresses) files.push({ address, options: await this.#openOptions(address) })
    return fileHeads(files)
  }

  /**
   * The mask at `address`, which `option` (key-mask, query-mask) names, of a matrix of so many rows and batches. Warns where it hides
   * most rows. Throws as `openMask`.
   */
  async openMask(address: string, option: string, rows: number, batches = 1): Promise<RowMask> {
    const { tmp = tmpdir(), signal } = this.#options
    const inflated = await inflateArray(resolveArray(address).array, tmp, { signal })
    if (inflated !== undefined) this.#keepInflated(address, inflated)
    const input = option.startsWith('query') ? 'queries' : 'keys'
    const mask = openMask(address, { rows, batches, input }, { inflated })
    this.#loaded.push(mask)
    warnOfHidden(mask, option, this.stats)
    return mask
  }

  /** The row ids or scores at `address`, loaded whole. Throws as core's `openNumbers`. */
  async openNumbers(address: string, wanted: 'integers' | 'scores'): Promise<NumberRows> {
    const { tmp = tmpdir(), signal } = this.#options
    const inflated = await inflateArray(resolveArray(address).array, tmp, { signal })
    if (inflated !== undefined) this.#keepInflated(address, inflated)
    const numbers = openNumbers(address, wanted, { inflated })
    this.#loaded.push(numbers)
    return numbers
  }

  /** To be called when all are open. Throws Option where --dtype, --cols or --offset served no input. */
  requireOptionsUsed(): void {
    const { dtype, cols, offset } = this.#options
    const option = dtype !== undefined ? 'dtype' : cols !== undefined ? 'cols' : 'offset'
    if (this.#seen.hasOneMask) warnOfOneMask(this.stats, this.#options.seen?.keyMaskFile !== undefined)
    if (this.#rawUsed || (dtype ?? cols ?? offset) === undefined) return
    const names = [...(this.#streamed ? [STREAM.name] : []), ...this.paths]
    const message = `--${option} is for raw inputs; ${names.join(', ')} ${names.length === 1 ? 'says by itself how it is read' : 'say by themselves how they are read'}`
    throw new LevError('Option', message, { option })
  }

  /** Throws InputChanged where a file is no longer the one that was opened. */
  requireUnchanged(): void {
    for (const { spec } of this.#sources) if (spec.kind === 'files') spec.parts.forEach(requireSame)
    for (const { file } of this.#loaded) requireSame(file)
  }

  /** Never throws: it runs on all ways out. */
  close(): void {
    // A sender that goes on must not keep us.
    this.#streamed?.bytes.destroy()
    for (const source of this.#sources) {
      try {
        source.close()
      } catch {
        // A change of the file: requireUnchanged has said so where it matters.
      }
    }
    for (const path of this.#inflated) removeTemporary(path)
  }

  async #openOptions(address: string): Promise<OpenOptions> {
    const raw = this.#rawOptions(address)
    const { tmp = tmpdir(), signal } = this.#options
    const inflated = await inflateInput(address, tmp, { ...raw, signal })
    if (inflated === undefined) return raw
    this.#keepInflated(address, inflated)
    return { ...raw, inflated }
  }

  #keepInflated(address: string, inflated: InflatedMember): void {
    registerTemporary(inflated.path)
    this.#inflated.push(inflated.path)
    this.stats.warn(
      'deflated-input',
      `${address} is compressed: its ${inflated.byteLength} bytes were inflated to a temporary file first. ` +
        'numpy.savez writes it so that it can be read in place',
    )
  }

  /** Raw layouts are for files that do not say their own: K.npy beside a raw Q keeps its header. */
  #rawOptions(address: string): OpenOptions {
    const { dtype, cols, offset } = this.#options
    if (describesItself(address)) return this.#bfloat16Options(address)
    this.#rawUsed ||= dtype !== undefined
    return { dtype, cols, offsetBytes: offset }
  }

  /** --dtype bf16 tells of two-byte elements what a .npy or .npz cannot: it has no bfloat16. */
  #bfloat16Options(address: string): OpenOptions {
    if (this.#options.dtype !== 'bf16') return {}
    const options = { isBfloat16: true }
    const isMeant = resolveArray(address, options).array.dtype === 'bf16'
    this.#rawUsed ||= isMeant
    return isMeant ? options : {}
  }
}

/**
 * Runs `work` with inputs that are closed however it ends. A NaN or infinity that it met is told with the number of those
 * in the whole input.
 */
export async function withInputs<T>(
  options: InputOptions,
  job: Pick<Job, 'stats' | 'signal' | 'progress'>,
  work: (inputs: Inputs) => Promise<T>,
): Promise<T> {
  if (options.tmp !== undefined) requireFolder(options.tmp)
  const inputs = new Inputs({ ...options, signal: options.signal ?? job.signal }, job.stats)
  try {
    return await work(inputs)
  } catch (error) {
    if (options.isStep) throw error
    const told = withLayoutAdvice(error, job.stats)
    if (told !== error) throw told
    const watch = { signal: job.signal, onProgress: job.progress.bind(job) }
    throw await nameNonFinite(error, (input) => inputs.named(input), watch)
  } finally {
    inputs.close()
  }
}

/** Throws CannotWrite where --tmp is no folder that can be written, before any work. */
function requireFolder(folder: string): void {
  try {
    requireWritable(folder)
  } catch (cause) {
    const message = `--tmp ${folder}: ${causeText(cause)}; it takes a folder that can be written`
    throw new LevError('CannotWrite', message, { file: folder, option: 'tmp' }, { cause })
  }
}

function requireSame(part: Pick<FilePart, 'path' | 'inflatedPath' | 'byteLength' | 'mtimeMs'>): void {
  const { path, inflatedPath = path } = part
  const now = fileState(inflatedPath)
  if (isSameState(now, part)) return
  const found = now === undefined ? 'is gone' : 'was written to'
  throw new LevError('InputChanged', `${path} ${found} during the run; start again`, { file: path })
}
