import type { Readable } from 'node:stream'
import {
  concatMatrices,
  fileHeads,
  type FilePart,
  fileState,
  type Heads,
  inputParts,
  isSameState,
  LevError,
  type MatrixSource,
  type MissingRows,
  missingRows,
  openHeads,
  openMask,
  type NumberRows,
  type NumbersWanted,
  openMatrix,
  openNumbers,
  openRowStream,
  type OpenOptions,
  parseAddress,
  requireOneColumn,
  type RowMask,
  type RowStream,
} from '@levattention/core/internal'
import type { JobInput } from './name-non-finite.ts'
import type { RunStats } from '../tasks/run-context.ts'
import type { InputOptions } from './input-options.ts'
import { type Aside, ReadyInputs } from './ready-inputs.ts'
import {
  severalFiles,
  severalHeads,
  warnOfDropped,
  warnOfDroppedHeads,
  warnOfHidden,
  warnOfLayout,
  warnOfNoRows,
  warnOfOneMask,
  withOneLayout,
} from './input-messages.ts'
import { withoutWeight } from './without-weight.ts'
import { OpenedTables } from './opened-tables.ts'
import { piecesOf, STREAM } from './piped-bytes.ts'
import { SeenInputs } from './seen-inputs.ts'
import { expandAddresses } from '../files/expand-addresses.ts'
import type { JobSummary } from '../job/job-summary.ts'
import type { SeenFacts } from '../problem/seen-rows.ts'

export type { InputOptions } from './input-options.ts'

/** The inputs of one job. `close` removes what was inflated; `requireUnchanged` before anything is put in its place. */
export class Inputs {
  readonly #options: InputOptions
  readonly stats: RunStats
  /** What the tables among them say of their rows and columns. */
  readonly tables: OpenedTables
  readonly #ready: ReadyInputs
  readonly #sources: MatrixSource[] = []
  readonly #loaded: Pick<RowMask, 'file'>[] = [] // masks and numbers
  readonly #named = new Map<string, JobInput>()
  readonly #seen: SeenInputs
  /** The first array of heads. */
  #laidOut: Heads | undefined
  /** How many rows masks hide, where softmax hides those that are dropped as well. */
  #hidden: Pick<SeenFacts, 'keysHidden' | 'queriesHidden'> = {}
  #streamed: { bytes: Readable; rows: number } | undefined

  constructor(options: InputOptions, stats: RunStats, aside?: Aside) {
    this.#options = options
    this.#ready = new ReadyInputs(options, stats, aside)
    this.stats = stats
    this.tables = new OpenedTables(this.#ready, stats, options.columns !== undefined)
    this.#seen = new SeenInputs(options.seen ?? {}, (...mask) => this.openMask(...mask))
  }

  /** Whether '-' names what came through a pipe. */
  get isSpooled(): boolean {
    return this.#ready.isSpooled
  }

  /** What a summary says of what was opened. */
  get facts(): SeenFacts & Pick<JobSummary, 'inputs'> {
    return { ...this.#seen.facts, ...this.#hidden, inputs: this.parts }
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
    const all = [...parts, ...this.#loaded.map(({ file }) => file)].map(({ path }) => path)
    return [...new Set(all)].filter((path) => path !== STREAM.path || !this.#ready.isSpooled)
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
    const isPiped = given.length === 1 && given[0] === STREAM.path && option === 'queries'
    if (isPiped && this.#options.stdin !== undefined)
      await this.#ready.spool(piecesOf(this.#pipe(option), this.#options.signal), option)
    const addresses = isPiped && this.#ready.isSpooled ? [STREAM.path] : await this.names(given, option)
    if (addresses.length > 1 && !this.#options.concat)
      throw severalFiles(addresses, option, this.#options.asHeads !== undefined)
    await this.tables.requireSameColumns(addresses, option)
    this.tables.open(option, addresses)
    const sources: MatrixSource[] = []
    for (const address of addresses) sources.push(openMatrix(address, await this.#ready.openOptions(address)))
    const whole = concatMatrices(sources)
    this.#sources.push(whole)
    warnOfNoRows(whole, option, this.stats)
    const source = await this.#seen.matrix(whole, option, await this.#droppedOf(whole, option))
    this.#named.set(option, [() => source])
    return source
  }

  /** The rows of keys and queries that have a missing value, where such are to be dropped; found by one reading. */
  async #droppedOf(source: MatrixSource, option: string): Promise<MissingRows | undefined> {
    const { dropMissing, signal, weightColumn } = this.#options
    if (!dropMissing || (option !== 'keys' && option !== 'queries')) return undefined
    const found = await missingRows(source, { signal })
    const weights =
      option === 'keys' && weightColumn !== undefined
        ? await this.openColumn(option, weightColumn)
        : new Float64Array(0)
    const dropped = withoutWeight(found, weights)
    const [address] = this.tables.addressesOf(option)
    const names = address === undefined ? undefined : (await this.#ready.columnNames(address))?.names
    warnOfDropped(dropped, source, { option, names, hasWeights: weights.some(Number.isNaN) }, this.stats)
    return dropped
  }

  /**
   * The matrix on standard input, read up to its first row. Throws Option (a terminal, none given), Aborted, and as
   * `openRowStream`.
   */
  async openStream(): Promise<RowStream> {
    const { dtype, cols, offset, order, signal } = this.#options
    const bytes = this.#pipe('keys')
    this.#streamed = { bytes, rows: 0 }
    const raw = { dtype, cols, offsetBytes: offset, order }
    const stream = await openRowStream(piecesOf(bytes, signal), raw, STREAM.name)
    if (stream.rows === undefined || stream.isBfloat16) this.#ready.useRaw()
    if (stream.rows === 0) warnOfNoRows({ rows: 0 }, 'keys', this.stats)
    return stream
  }

  /** Throws Option where standard input is no pipe. */
  #pipe(option: string): Readable {
    const bytes = this.#options.stdin?.()
    if (bytes !== undefined && !('isTTY' in bytes && bytes.isTTY === true)) return bytes
    const message = `${option} from - come through a pipe, and none is there; as a file does that cat writes into it`
    throw new LevError('Option', message, { option })
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
  async readHeadPairs(
    keys: Heads,
    queries: Heads,
    pairs: readonly { readonly head: number; readonly keyHead: number }[],
  ): Promise<void> {
    const [keyHeads, heads] = [pairs.map(({ keyHead }) => keyHead), pairs.map(({ head }) => head)]
    this.readHeads('keys', keys, keyHeads)
    this.readHeads('queries', queries, heads)
    await this.dropOfHeads('keys', keys, queries === keys ? [...keyHeads, ...heads] : keyHeads)
    if (queries !== keys) await this.dropOfHeads('queries', queries, heads)
  }

  /** Of those heads of `option` the rows with a missing value are read no more, where such are to be dropped; found by one reading. */
  async dropOfHeads(option: string, heads: Heads, headIndices: readonly number[]): Promise<void> {
    const { dropMissing, signal } = this.#options
    if (dropMissing !== true) return
    const found = new Map<number, MissingRows>()
    for (const head of [...new Set(headIndices)].sort((a, b) => a - b)) {
      const source = heads.open(head)
      found.set(head, await missingRows(source, { signal }))
      source.close()
    }
    for (const [head, dropped] of found) this.#seen.dropOfHead(option, head, dropped)
    warnOfDroppedHeads(found, heads, option, this.stats)
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
    warnOfNoRows(heads, option, this.stats)
    const open = (headIndex: number) => {
      const source = heads.open(headIndex)
      this.#sources.push(source)
      return source
    }
    return await this.#seen.heads({ ...heads, open }, option)
  }

  async #headsOf(address: string): Promise<Heads> {
    const { layout } = this.#options
    const options = await this.#ready.openOptions(address)
    try {
      const heads = openHeads(address, { ...options, layout })
      if (layout === undefined) warnOfLayout(heads, this.stats)
      this.#laidOut ??= heads
      return heads
    } catch (error) {
      throw withOneLayout(error, this.#laidOut)
    }
  }

  async #headFiles(addresses: readonly string[], option: string): Promise<Heads> {
    if (!this.#options.asHeads) throw severalHeads(addresses, option)
    const files: { address: string; options: OpenOptions }[] = []
    for (const address of addresses) files.push({ address, options: await this.#ready.openOptions(address) })
    return fileHeads(files)
  }

  /**
   * The mask at `address`, which `option` (key-mask, query-mask) names, of a matrix of so many rows and batches. Warns where it hides
   * most rows. Throws as `openMask`.
   */
  async openMask(address: string, option: string, rows: number, batches = 1): Promise<RowMask> {
    const options = await this.#ready.openOptionsOfVector(address, false)
    await this.#requireOneColumn(address, options, (value) => value === 0 || value === 1)
    const input = option.startsWith('query') ? 'queries' : 'keys'
    const of = this.tables.addressesOf(input)
    const batch = of.length === 1 && batches === 1 ? this.#ready.batchAt(of[0]) : undefined
    const mask = openMask(address, { rows, batches, input, batch }, options)
    this.#loaded.push(mask)
    warnOfHidden(mask, option, this.stats)
    return mask
  }

  /** [rows]: 0 of a row of `option`'s matrix, or of one of its heads, with a missing value; undefined where none is dropped. */
  wholeRows(option: string, head?: number): Uint8Array | undefined {
    return this.#seen.wholeRows(option, head)
  }

  /** Of masks that are joined with the rows that are dropped: what they hide alone. */
  countHidden(hidden: Pick<SeenFacts, 'keysHidden' | 'queriesHidden'>): void {
    this.#hidden = hidden
  }

  /** Whether heads differ in the rows that are dropped. */
  get dropsOfHeads(): boolean {
    return this.#seen.dropsOfHeads
  }

  /** Whether rows with a missing value take no part. */
  get dropsMissing(): boolean {
    return this.#options.dropMissing ?? false
  }

  /** A column of the tables that `option` was opened from, [rows]; NaN where a value is missing and such rows are dropped. Throws as `open`, Option (several columns). */
  async openColumn(option: string, column: string): Promise<Float64Array> {
    const sources: MatrixSource[] = []
    for (const address of this.tables.addressesOf(option)) {
      const { path } = parseAddress(address)
      sources.push(openMatrix(path, await this.#ready.columnOptions(path, column)))
    }
    const whole = concatMatrices(sources)
    this.#sources.push(whole)
    const values = new Float64Array(whole.rows)
    whole.readRows(0, whole.rows, values)
    return values
  }

  /** The numbers at `address`, loaded whole. Throws as core's `openNumbers`. */
  async openNumbers(address: string, wanted: NumbersWanted): Promise<NumberRows> {
    const options = await this.#ready.openOptionsOfVector(address, wanted === 'weights')
    if (wanted === 'weights') await this.#requireOneColumn(address, options, (value) => value >= 0)
    const numbers = openNumbers(address, wanted, options)
    this.#loaded.push(numbers)
    return numbers
  }

  /** Throws Content where `address` is a table of several columns, naming one whose numbers all `may` be those that are wanted. */
  async #requireOneColumn(
    address: string,
    options: OpenOptions,
    may: (value: number) => boolean,
  ): Promise<void> {
    let numbers: NumberRows | undefined
    await requireOneColumn(address, options, (_column, place) => {
      const all = (numbers ??= openNumbers(address, 'scores', options))
      return Array.from({ length: all.rows }, (_, i) => all.row(i)[place]).every(may)
    })
  }

  /** To be called when all are open. Throws Option where an option about how files are read (--dtype, --columns ...) served no input. */
  requireOptionsUsed(): void {
    if (this.#seen.hasOneMask) warnOfOneMask(this.stats, this.#options.seen?.keyMaskFile !== undefined)
    this.#ready.requireOptionsUsed([
      ...(this.#streamed || this.#ready.isSpooled ? [STREAM.name] : []),
      ...this.paths,
    ])
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
    this.#ready.close()
  }
}

function requireSame(part: Pick<FilePart, 'path' | 'inflatedPath' | 'byteLength' | 'mtimeMs'>): void {
  const { path, inflatedPath = path } = part
  const now = fileState(inflatedPath)
  if (isSameState(now, part)) return
  const found = now === undefined ? 'is gone' : 'was written to'
  throw new LevError('InputChanged', `${path} ${found} during the run; start again`, { file: path })
}
