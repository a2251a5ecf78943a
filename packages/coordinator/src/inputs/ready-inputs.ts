import { tmpdir } from 'node:os'
import {
  type ColumnNames,
  createTemporaryFile,
  type Format,
  formatAt,
  inflateArray,
  type InflatedMember,
  inflateInput,
  isBfloat16Bits,
  isLevError,
  LevError,
  type OpenOptions,
  parseAddress,
  registerTemporary,
  removeTemporary,
  resolveArray,
  type StoredArray,
} from '@levattention/core/internal'
import { TURNED } from '../job/quiet-notes.ts'
import type { RunContext, RunStats } from '../tasks/run-context.ts'
import type { InputOptions } from './input-options.ts'
import { STREAM } from './piped-bytes.ts'
import { BYTES_PER_SECOND, SHARED_BYTES, turnTable } from './turn-table.ts'
import { columnOf } from './weights-among-columns.ts'

/** Options that say how a file's bytes are read, and serve those files alone that do not say it themselves. */
const RAW = ['dtype', 'cols', 'offset', 'order'] as const
/** Options that some formats have. */
const OF_FORMATS = ['columns', 'header', 'id', 'weightColumn'] as const
type ReadingOption = (typeof RAW)[number] | (typeof OF_FORMATS)[number]

/** Threads for work beside the job's own, of so many seconds on one core. */
export type Aside = (seconds: number) => Promise<RunContext>

/** Makes files ready to be read by position: what cannot be is turned into temporary files, which `close` removes. */
export class ReadyInputs {
  readonly #options: InputOptions
  readonly #stats: RunStats
  readonly #aside: Aside | undefined
  readonly #temporary: string[] = []
  readonly #used = new Set<ReadingOption>()
  readonly #known = new Map<string, OpenOptions>()
  #spooled: string | undefined

  constructor(options: InputOptions, stats: RunStats, aside: Aside | undefined) {
    this.#options = options
    this.#stats = stats
    this.#aside = aside
  }

  get #folder(): string {
    return this.#options.tmp ?? tmpdir()
  }

  /** How the rows at `address` are opened; what is named twice is made ready once. Throws as `inflateInput`. */
  async openOptions(address: string): Promise<OpenOptions> {
    const known = this.#known.get(address)
    if (known !== undefined) return known
    const options = await this.#optionsOf(address)
    this.#known.set(address, options)
    return options
  }

  async #optionsOf(address: string): Promise<OpenOptions> {
    const reading = this.#readingOptions(address)
    const { array } = resolveArray(address, reading)
    this.#warnOfBits(address, array)
    const startMs = performance.now()
    const inflated = (await this.#turned(array)) ?? (await this.#inflated(address, reading))
    if (inflated === undefined) return reading
    this.#keep(address, inflated)
    const { seconds } = this.#stats
    seconds.set('turn', (seconds.get('turn') ?? 0) + (performance.now() - startMs) / 1000)
    return { ...reading, inflated }
  }

  /** How the one column of the table at `address` is opened. Throws as `openOptions`, Option where it is no table. */
  async columnOptions(address: string, column: string): Promise<OpenOptions> {
    const { signal, header, dropMissing } = this.#options
    const { spooled } = this.#readingOptions(address)
    const at = spooled === undefined ? {} : { spooled }
    if (!this.isTable(address)) throw noTable('weight-column', [address])
    const { options: own = [] } = formatAt(address, at) ?? {}
    const columns = /["',]/.test(column) ? `"${column.replaceAll('"', '""')}"` : column
    const reading = {
      ...at,
      columns,
      ...(own.includes('header') && { header }),
      ...(dropMissing && own.includes('missing') && { missing: 'nan' as const }),
    }
    const inflated = await inflateInput(address, this.#folder, { ...reading, signal })
    if (inflated === undefined) return reading
    registerTemporary(inflated.path)
    this.#temporary.push(inflated.path)
    return { ...reading, inflated }
  }

  /** Whether columns can be chosen of the file at `address`. */
  isTable(address: string): boolean {
    const { spooled } = this.#readingOptions(address)
    const format = formatAt(address, { spooled, dtype: this.#options.dtype })
    return format?.options?.includes('columns') ?? false
  }

  /** The names of the columns of the matrix at `address`, where it is a table that has some. */
  async columnNames(address: string): Promise<ColumnNames | undefined> {
    return await resolveArray(address, this.#readingOptions(address)).array.turning?.columnNames?.()
  }

  /** Whether the table at `address` has the column `column` among those of its matrix, though nobody asked for it. */
  async holdsUnasked(address: string, column: string): Promise<boolean> {
    const { turning } = resolveArray(address, this.#readingOptions(address)).array
    return (await turning?.holdsUnasked?.(column)) ?? false
  }

  /** The names of the rows at `address`, where a column of it names them. */
  rowNames(address: string): AsyncGenerator<readonly string[], void, void> | undefined {
    const { signal } = this.#options
    return resolveArray(address, this.#readingOptions(address)).array.turning?.rowNames?.(signal)
  }

  /** The batch of the one head of an array that `address` names by its index; undefined of what has no batches. */
  batchAt(address: string): { readonly index: number; readonly count: number } | undefined {
    const { array, indices } = resolveArray(address, this.#readingOptions(address))
    // [batch or head, rows, columns], [batch, heads, rows, columns], or with layers in front.
    const axis = array.shape.length === 5 ? 1 : 0
    const index = indices.at(axis)
    if (array.shape.length < 3 || typeof index !== 'number') return undefined
    return { index, count: array.shape[axis] }
  }

  /** The same of numbers of any type, one a row: a mask, weights, ids, of which weights seldom begin with 0. */
  async openOptionsOfVector(address: string, isZeroAsked: boolean): Promise<OpenOptions> {
    const { signal } = this.#options
    const { array, reading } = this.#vectorAt(address, isZeroAsked)
    const inflated = await inflateArray(array, this.#folder, { signal })
    if (inflated === undefined) return {}
    this.#keep(address, inflated)
    return { ...reading, inflated }
  }

  /** --header is about the tables of rows; it serves another one where there is none, or its first line does not say. */
  #vectorAt(
    address: string,
    isZeroAsked: boolean,
  ): { readonly array: StoredArray; readonly reading: OpenOptions } {
    const { header } = this.#options
    const resolved = (reading: OpenOptions) => ({
      array: resolveArray(address, { ...reading, isVector: true, isZeroAsked }).array,
      reading,
    })
    const isOfRows = [...this.#known.keys()].some((known) => pathOf(known) === pathOf(address))
    if (header !== undefined && (isOfRows || this.#isHeaderOf(address))) return resolved({ header })
    try {
      return resolved({})
    } catch (error) {
      if (header === undefined || !isLevError(error, 'Content') || error.place.option !== 'header')
        throw error
      return resolved({ header })
    }
  }

  /** Whether a table at `address` has --header for itself: no file of rows takes it. */
  #isHeaderOf(address: string): boolean {
    const isTaken = [...this.#known.values()].some((options) => options.header !== undefined)
    if (isTaken || formatAt(pathOf(address))?.options?.includes('header') !== true) return false
    this.#used.add('header')
    return true
  }

  /** A stream was read by --dtype and what goes with it. */
  useRaw(): void {
    for (const option of RAW) this.#used.add(option)
  }

  /** Does '-' name what came through a pipe? */
  get isSpooled(): boolean {
    return this.#spooled !== undefined
  }

  /** Writes what comes through a pipe to a temporary file, which '-' names from now on. Throws Content (nothing came), CannotWrite. */
  async spool(pieces: AsyncIterable<Uint8Array>, option: string): Promise<void> {
    const file = createTemporaryFile(STREAM.name, this.#folder)
    this.#temporary.push(file.path)
    let byteLength = 0
    for await (const piece of pieces) {
      file.write(byteLength, piece)
      byteLength += piece.length
    }
    file.close()
    this.#spooled = file.path
    if (byteLength > 0) return
    const message = `${STREAM.name}: no bytes came; pipe the ${option} into it, as in \`cat Q.npy | levattention query --universal u.lev --queries -\``
    throw new LevError('Content', message, { file: STREAM.name })
  }

  /** Throws Option where an option about how files are read served none of `names`. */
  requireOptionsUsed(names: readonly string[]): void {
    const unused = [...RAW, ...OF_FORMATS].find(
      (option) => this.#options[option] !== undefined && !this.#used.has(option),
    )
    if (unused === undefined) return
    if (!RAW.some((option) => option === unused)) throw noTable(TYPED[unused] ?? unused, names)
    const found = `is for raw inputs; ${names.join(', ')} ${names.length === 1 ? 'says by itself how it is read' : 'say by themselves how they are read'}`
    throw new LevError('Option', `--${unused} ${found}`, { option: unused })
  }

  /** Never throws. */
  close(): void {
    for (const path of this.#temporary) removeTemporary(path)
  }

  /** Lines are turned on all threads. */
  async #turned(array: StoredArray): Promise<InflatedMember | undefined> {
    const table = array.turning?.table
    if (this.#aside === undefined || table === undefined || table.end - table.start < SHARED_BYTES)
      return undefined
    const context = await this.#aside((table.end - table.start) / BYTES_PER_SECOND)
    const { signal = context.signal } = this.#options
    return await turnTable(array, table, this.#folder, { ...context, signal })
  }

  async #inflated(address: string, reading: OpenOptions): Promise<InflatedMember | undefined> {
    const { signal } = this.#options
    return await inflateInput(address, this.#folder, { ...reading, signal })
  }

  /** Two bytes an element may be a bfloat16 that NumPy has no name for. */
  #warnOfBits(address: string, { dtype, dtypeName }: StoredArray): void {
    if (dtype !== undefined && isBfloat16Bits(dtypeName)) {
      this.#warn(
        'integers',
        `${address} has elements of type ${dtypeName}, which are read as whole numbers; if they are the bits of bfloat16, add \`--dtype bf16\``,
      )
    }
  }

  #keep(typed: string, { path, byteLength, what, leftOut }: InflatedMember): void {
    const address = typed === STREAM.path && this.isSpooled ? STREAM.name : typed
    registerTemporary(path)
    this.#temporary.push(path)
    if (what === undefined) {
      this.#stats.warn(
        'deflated-input',
        `${address} is compressed: its ${byteLength} bytes were inflated to a temporary file first. ` +
          'numpy.savez writes it so that it can be read in place',
      )
    } else {
      this.#warn(TURNED, `${address} is ${what}, turned into a temporary file of ${byteLength} bytes`)
    }
    if (leftOut !== undefined) this.#warn('left-out', `${address}: ${leftOut}`)
  }

  /** Of each input that it is about. */
  #warn(code: string, message: string): void {
    const { warnings } = this.#stats
    if (!warnings.some((warning) => warning.message === message)) warnings.push({ code, message })
  }

  /** Raw layouts are for files that do not say their own: K.npy beside a raw Q keeps its header. So are the options of tables. */
  #readingOptions(address: string): OpenOptions {
    const { dtype, cols, offset, order } = this.#options
    const spooled = address === STREAM.path ? this.#spooled : undefined
    const at = spooled === undefined ? {} : { spooled }
    const format = formatAt(address, { ...at, dtype })
    if (spooled !== undefined && format?.name === '.npz') {
      const message = `${STREAM.name}: a .npz (or another ZIP) is read by its directory, which comes last; name the file instead`
      throw new LevError('Content', message, { file: STREAM.name })
    }
    if (format !== undefined)
      return { ...at, ...this.#formatOptions(address, format), ...this.#bfloat16Options(address, at) }
    if (dtype !== undefined) this.useRaw()
    return { ...at, dtype, cols, offsetBytes: offset, order }
  }

  #formatOptions(
    address: string,
    { options = [] }: Format,
  ): Pick<OpenOptions, (typeof OF_FORMATS)[number] | 'missing' | 'weighing'> {
    const own = OF_FORMATS.filter((option) => options.includes(option) && this.#options[option] !== undefined)
    for (const option of own) this.#used.add(option)
    const chosen = Object.fromEntries(own.map((option) => [option, this.#options[option]]))
    const weighing = options.includes('weighing') ? columnOf(this.#options.weights, address) : undefined
    const given = { ...chosen, ...(weighing !== undefined && { weighing }) }
    return this.#options.dropMissing && options.includes('missing') ? { ...given, missing: 'nan' } : given
  }

  /** --dtype bf16 tells of two-byte elements what a .npy or .npz cannot: it has no bfloat16. */
  #bfloat16Options(address: string, at: OpenOptions): OpenOptions {
    if (this.#options.dtype !== 'bf16') return {}
    const options = { isBfloat16: true }
    const isMeant = resolveArray(address, { ...at, ...options }).array.dtype === 'bf16'
    if (isMeant) this.useRaw()
    return isMeant ? options : {}
  }
}

function pathOf(address: string): string {
  return parseAddress(address).path
}

/** Options whose name is not the one that is typed. */
const TYPED: Partial<Record<ReadingOption, string>> = { weightColumn: 'weight-column' }

/** The Option error about an option of tables where there is none. */
function noTable(option: string, names: readonly string[]): LevError {
  const found = `is for tables; ${names.join(', ')} ${names.length === 1 ? 'is none' : 'are none'}`
  return new LevError('Option', `--${option} ${found}`, { option })
}
