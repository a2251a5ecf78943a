import {
  asAsked,
  heardMatrix,
  type Kernels,
  type MatrixSource,
  reopenMatrix,
  type Search,
  searchOf,
  type SearchTerms,
  type TaskSource,
  type UniversalSet,
} from '@levattention/core/internal'
import type { Broadcast } from './protocol.ts'

const PREPARED_SEARCHES = 2

/** What a task may use: kernels of this thread, files that it opens, and what earlier tasks prepared. */
export class TaskContext {
  readonly kernels: Kernels
  /** Where answers are copied before the next task. */
  readonly answerMemory: ((length: number) => Float64Array) | undefined
  readonly #makeKernels: () => Kernels
  readonly #onRead: () => void
  readonly #opened: MatrixSource[] = []
  readonly #searches = new Map<string, PreparedSearch>()
  /** Of dropped searches: the garbage collector does not see how much memory an instance holds, and leaves it for long. */
  readonly #idleKernels: Kernels[] = []

  /** `onRead` hears of every read that is done: a sign of life. `answerMemory`: as `ShardRows` says. */
  constructor(
    makeKernels: () => Kernels,
    onRead: () => void = () => undefined,
    answerMemory?: (length: number) => Float64Array,
  ) {
    this.answerMemory = answerMemory
    this.#makeKernels = makeKernels
    this.#onRead = onRead
    this.kernels = makeKernels()
  }

  /** The matrix that `spec` describes, until `closeFiles`. */
  open({ content, seen, within, design, ...spec }: TaskSource): MatrixSource {
    const opened = heardMatrix(reopenMatrix(spec), this.#onRead)
    this.#opened.push(opened)
    return asAsked(opened, { content, seen, within, design })
  }

  /**
   * To be called at the end of each task: a file that a later one read on may be gone with the job that it was of. Throws InputChanged
   * where one is no longer what was opened.
   */
  closeFiles(): void {
    closeAll(this.#opened.splice(0))
  }

  /** The search prepared from `universal`; it has kernels (and so memory) of its own. */
  search({ id, value }: Broadcast<UniversalSet>, terms: SearchTerms): Search {
    const key = `${id} ${terms.epsilon} ${terms.scores}`
    const make = () => this.#prepare((kernels) => searchOf(kernels, value, terms))
    const drop = ({ kernels, mark }: PreparedSearch) => this.#takeBack(kernels, mark)
    return remember(this.#searches, key, PREPARED_SEARCHES, make, drop).search
  }

  close(): void {
    this.closeFiles()
    this.#searches.clear()
    this.#idleKernels.length = 0
  }

  #prepare(makeSearch: (kernels: Kernels) => Search): PreparedSearch {
    const kernels = this.#idleKernels.pop() ?? this.#makeKernels()
    const mark = kernels.mark()
    try {
      return { search: makeSearch(kernels), kernels, mark }
    } catch (error) {
      this.#takeBack(kernels, mark)
      throw error
    }
  }

  #takeBack(kernels: Kernels, mark: number): void {
    kernels.release(mark)
    this.#idleKernels.push(kernels)
  }
}

/** A search with the kernels in whose memory it lies, from `mark` on. */
interface PreparedSearch {
  readonly search: Search
  readonly kernels: Kernels
  readonly mark: number
}

/** The value under `key`, made if need be; beyond `limit` the one that was made first is dropped. */
function remember<T>(
  cache: Map<string, T>,
  key: string,
  limit: number,
  make: () => T,
  drop: (value: T) => void,
): T {
  const known = cache.get(key)
  if (known !== undefined) return known
  const made = make()
  cache.set(key, made)
  for (const [oldest, value] of cache) {
    if (cache.size <= limit) break
    cache.delete(oldest)
    drop(value)
  }
  return made
}

/** Closes every one; then throws what the first that failed threw. */
function closeAll([first, ...others]: readonly MatrixSource[]): void {
  if (!first) return
  try {
    first.close()
  } finally {
    closeAll(others)
  }
}
