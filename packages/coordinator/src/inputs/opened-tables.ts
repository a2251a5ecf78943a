import { parseAddress, shellWord } from '@levattention/core/internal'
import type { RunStats } from '../tasks/run-context.ts'
import type { ReadyInputs } from './ready-inputs.ts'
import { columnsFault, type NamedTable } from './same-columns.ts'
import { columnOf, WEIGHTS_AMONG_COLUMNS } from './weights-among-columns.ts'

/** From which files each input of a job was opened, and what those that are tables say of their rows and columns. */
export class OpenedTables {
  readonly #ready: ReadyInputs
  readonly #stats: RunStats
  /** Columns were chosen by their places. */
  readonly #areChosen: boolean
  readonly #addresses = new Map<string, readonly string[]>()

  constructor(ready: ReadyInputs, stats: RunStats, areChosen: boolean) {
    this.#ready = ready
    this.#stats = stats
    this.#areChosen = areChosen
  }

  /** `option`'s matrix consists of the rows at `addresses`, in their order. */
  open(option: string, addresses: readonly string[]): void {
    this.#addresses.set(option, addresses)
  }

  addressesOf(option: string): readonly string[] {
    return this.#addresses.get(option) ?? []
  }

  /** Whether `option` was opened from tables: files whose columns have names or numbers. */
  areTables(option: string): boolean {
    const addresses = this.addressesOf(option)
    return addresses.length > 0 && addresses.every((address) => this.#ready.isTable(address))
  }

  /** The names of the rows of `option`'s matrix, in their order, where a column names them (`id`); read from the files once more. */
  rowNames(option: string): AsyncGenerator<string, void, void> | undefined {
    const files = this.addressesOf(option).map((address) => this.#ready.rowNames(address))
    return files.length > 0 && files.every((names) => names !== undefined) ? eachName(files) : undefined
  }

  /** Those of the rows `rowIds`; none where no column names rows. */
  async namesOf(option: string, rowIds: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const found = new Map<number, string>()
    const names = rowIds.length === 0 ? undefined : this.rowNames(option)
    if (names === undefined) return found
    const wanted = new Set(rowIds)
    const last = Math.max(...rowIds)
    let row = 0
    for await (const name of names) {
      if (wanted.has(row)) found.set(row, name)
      if (++row > last) break
    }
    return found
  }

  /** The names of the columns of what was opened as `option`, where it is a table that has some. */
  async columnNames(option: string): Promise<readonly string[] | undefined> {
    const address = this.addressesOf(option).at(0)
    return address === undefined || !this.#isNamed(address)
      ? undefined
      : (await this.#ready.columnNames(address))?.names
  }

  /**
   * Throws Content where tables name the columns otherwise that are taken to be the same, by their places: the parts of one matrix, and
   * keys and queries. Warns where columns were chosen: by their places then.
   */
  async requireSameColumns(addresses: readonly string[], option: string): Promise<void> {
    const other = option === 'queries' ? 'keys' : option === 'keys' ? 'queries' : ''
    const opened = this.addressesOf(other)
    if (opened.length + addresses.length < 2) return
    let first: NamedTable | undefined
    for (const address of [...opened.slice(0, 1), ...addresses]) {
      const columns = this.#isNamed(address) ? await this.#ready.columnNames(address) : undefined
      if (columns === undefined) continue
      first ??= { address, ...columns }
      const fault = columnsFault(first, { address, ...columns })
      if (fault === undefined) continue
      if (!this.#areChosen) throw fault
      this.#stats.warn('columns', fault.message)
      return
    }
  }

  /** Warns where `weights` are a column of the table whose rows `option` has, and one of their numbers too, which nobody asked for. */
  async warnOfWeights(weights: string, option: string): Promise<void> {
    for (const address of this.addressesOf(option)) {
      const column = columnOf(weights, address)
      if (column === undefined || !(await this.#ready.holdsUnasked(address, column))) continue
      const message = `column ${column} of ${address} weighs the rows, and is one of their columns too. To leave it out there: \`--weight-column ${shellWord(column)}\` in place of --weights`
      this.#stats.warn(WEIGHTS_AMONG_COLUMNS, message)
    }
  }

  /** A whole table: one column of it stands for itself. */
  #isNamed(address: string): boolean {
    return parseAddress(address).fragment === undefined && this.#ready.isTable(address)
  }
}

async function* eachName(
  files: readonly (AsyncGenerator<readonly string[], void, void> | undefined)[],
): AsyncGenerator<string, void, void> {
  for (const names of files) for await (const batch of names ?? []) yield* batch
}
