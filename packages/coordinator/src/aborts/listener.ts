import { callbackError, isThenable, type LevError } from '@levattention/core/internal'
import { unlessAborted } from './abort.ts'

/** A way to stop a call, and a way to watch it. */
export interface Watch<Progress> {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => unknown) | undefined
}

/** The same for the parts of the call: what they tell is the caller's to wait for. */
export interface Watched<Progress> {
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: Progress) => void) | undefined
}

/**
 * A caller's `onProgress`. What it throws, at once or by a promise that it returns, ends the call: an Option error that has it as its
 * cause. So no promise of it is left for nobody, which would end the process.
 */
export class Listener<Progress> {
  readonly #callback: ((progress: Progress) => unknown) | undefined
  readonly #name: string
  readonly #onFailure: (failure: LevError) => void
  readonly #pending = new Set<Promise<unknown>>()
  #failure: LevError | undefined

  /** `onFailure` is called once; `name`: the option that `callback` is. */
  constructor(
    callback: ((progress: Progress) => unknown) | undefined,
    onFailure: (failure: LevError) => void = () => undefined,
    name = 'onProgress',
  ) {
    this.#callback = callback
    this.#name = name
    this.#onFailure = onFailure
  }

  get failure(): LevError | undefined {
    return this.#failure
  }

  /** Throws the failure, of this time or an earlier one. */
  readonly tell = (progress: Progress): void => {
    this.throwIfFailed()
    try {
      const told = this.#callback?.(progress)
      if (isThenable(told)) this.#await(told)
    } catch (error) {
      this.#fail(error)
    }
    this.throwIfFailed()
  }

  throwIfFailed(): void {
    if (this.#failure) throw this.#failure
  }

  /** Waits for all promises that the callback returned. Throws the failure, Aborted. */
  async settled(signal?: AbortSignal): Promise<void> {
    if (this.#pending.size > 0) await unlessAborted(Promise.all(this.#pending), signal)
    this.throwIfFailed()
  }

  #await(told: PromiseLike<unknown>): void {
    const ended: Promise<unknown> = Promise.resolve(told).then(
      () => this.#pending.delete(ended),
      (error: unknown) => this.#fail(error),
    )
    this.#pending.add(ended)
  }

  #fail(cause: unknown): void {
    if (this.#failure) return
    this.#failure = callbackError(this.#name, cause, 'the call that told it was given up')
    this.#onFailure(this.#failure)
  }
}

/**
 * What `call` finds, watched as `options` say; it is given up where `onProgress` fails, and ends when all promises of it have settled.
 * `undo`: what to do with an answer that nobody gets. Throws the failure, Aborted, and as `call`.
 */
export async function heard<Progress, Found>(
  options: Watch<Progress>,
  call: (own: Watched<Progress>) => Promise<Found>,
  undo: (found: Found) => Promise<void> = () => Promise.resolve(),
): Promise<Found> {
  if (options.onProgress === undefined) return await call({ signal: options.signal, onProgress: undefined })
  const { own, listener } = listening(options)
  try {
    const found = await call(own)
    try {
      await listener.settled(options.signal)
    } catch (error) {
      await undo(found)
      throw error
    }
    return found
  } catch (error) {
    throw listener.failure ?? error
  }
}

/** As `heard`, of a call that yields. */
export async function* heardEach<Progress, Batch>(
  options: Watch<Progress>,
  call: (own: Watched<Progress>) => AsyncGenerator<Batch, void, void>,
): AsyncGenerator<Batch, void, void> {
  if (options.onProgress === undefined) {
    yield* call({ signal: options.signal, onProgress: undefined })
    return
  }
  const { own, listener } = listening(options)
  try {
    for await (const batch of call(own)) {
      listener.throwIfFailed()
      yield batch
    }
    await listener.settled(options.signal)
  } catch (error) {
    throw listener.failure ?? error
  }
}

function listening<Progress>({ signal, onProgress }: Watch<Progress>): {
  readonly own: Watched<Progress>
  readonly listener: Listener<Progress>
} {
  const stop = new AbortController()
  const listener = new Listener(onProgress, (failure) => stop.abort(failure))
  const own = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  return { own: { signal: own, onProgress: listener.tell }, listener }
}
