import { LevError } from '../errors/errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { firstNonFinite } from '../matrix/non-finite.ts'
import { Candidates } from '../sums/candidates.ts'
import { GramSum } from '../sums/gram-sum.ts'
import { type PrefixBlock, prefixBlocks } from '../bounds/causal/prefix-blocks.ts'
import { inRowOrder, type UniversalSet } from '../universal/universal-set.ts'
import { type AnswerPart, answerWith, joinAnswers } from './answer-rows.ts'
import { CausalBlock, type CausalBlockTerms } from './causal-block.ts'
import type { QueryBlock, Search, SearchAnswer, SearchTerms, Standing } from './search.ts'

/** A walk over the blocks of one shard's rows, from its prefix on. */
interface Walk {
  readonly standing: Standing
  readonly blocks: Generator<PrefixBlock>
  /** Keys of U in rows before the block that may be heavy for its queries, and how many of U's were looked at for it. */
  held: Candidates
  nextSlot: number
  block: CausalBlock | undefined
}

/**
 * Causal, p = 2: goes on from the shard's prefix block by block, and searches each block's queries among the keys that the
 * rows before the block leave and its own rows. Blocks are cut from the shard's start on, so that the cut of the queries
 * changes no bit.
 */
export class CausalSearch implements Search {
  readonly #kernels: Kernels
  readonly #terms: CausalBlockTerms
  readonly #keys: Candidates // of U, by row
  readonly #mark: number // scratch of the walk's block lies from here on
  #walk: Walk | undefined

  /** Holds kernel scratch for as long as it lives: give it kernels of its own. */
  constructor(kernels: Kernels, universal: UniversalSet, { epsilon }: SearchTerms) {
    this.#kernels = kernels
    this.#terms = { epsilon, dropRidge: universal.factor.dropRidge }
    this.#keys = inRowOrder(universal)
    this.#mark = kernels.mark()
  }

  pairs(block: QueryBlock): SearchAnswer | number {
    return this.#answer(block, true)
  }

  settle(block: QueryBlock): SearchAnswer | number {
    return this.#answer(block, false)
  }

  /** Throws Content at a NaN or infinity among the keys. */
  #answer({ rows, count, standing }: QueryBlock, withPairs: boolean): SearchAnswer | number {
    if (!standing) throw new LevError('Internal', 'causal queries were given without where they stand')
    const { dim } = this.#keys
    const { position } = standing
    const parts: AnswerPart[] = []
    for (let offset = 0; offset < count;) {
      const block = this.#blockAt(standing, position + offset)
      const end = Math.min(count, block.rowEnd - position)
      const queries = rows.subarray(offset * dim, end * dim)
      const answer = block.answer(queries, end - offset, position + offset - block.rowStart, withPairs)
      if (typeof answer === 'number') return offset * dim + answer
      parts.push({ offset, answer })
      offset = end
    }
    return joinAnswers(parts, count)
  }

  /** The block of the shard's rows that `row` is in. Walks on where it lies ahead, else begins again. */
  #blockAt(standing: Standing, row: number): CausalBlock {
    const walk = this.#walk && leadsTo(this.#walk, standing, row) ? this.#walk : this.#begin(standing)
    if (walk.block && row < walk.block.rowEnd) return walk.block
    // Forgotten for as long as it may break off: at keys that cannot be read.
    this.#walk = undefined
    walk.held = walk.block?.kept ?? walk.held
    this.#kernels.release(this.#mark)
    walk.block = this.#walkOn(walk, row)
    this.#walk = walk
    return walk.block
  }

  #begin(standing: Standing): Walk {
    const { keys, shard, prefix } = standing
    return {
      standing,
      blocks: prefixBlocks(
        { source: keys, range: shard, kernels: this.#kernels },
        new GramSum(keys.cols, prefix),
      ),
      held: new Candidates(this.#keys.dim, this.#keys.element),
      nextSlot: 0,
      block: undefined,
    }
  }

  #walkOn(walk: Walk, row: number): CausalBlock {
    // Not for-of: leaving that would end the walk.
    for (let next = walk.blocks.next(); !next.done; next = walk.blocks.next()) {
      const block = next.value
      if (row >= block.rowStart + block.rowCount) continue
      this.#hold(walk, block.rowStart)
      return new CausalBlock(this.#kernels, block, walk.held, this.#terms)
    }
    throw new LevError('Internal', `row ${row} is not in the shard in which the queries stand`)
  }

  /** Adds the keys of U in rows before `rowEnd` that were not looked at yet. */
  #hold(walk: Walk, rowEnd: number): void {
    const { count, rowIds, bounds } = this.#keys
    for (; walk.nextSlot < count && rowIds[walk.nextSlot] < rowEnd; walk.nextSlot++)
      walk.held.push(rowIds[walk.nextSlot], bounds[walk.nextSlot], this.#keys.keyAt(walk.nextSlot))
  }
}

function leadsTo({ standing, block }: Walk, { keys, shard }: Standing, row: number): boolean {
  const isSame = standing.keys === keys && standing.shard.rowStart === shard.rowStart
  return isSame && block !== undefined && row >= block.rowStart
}

/** Causal, p other than 2: the sums of a prefix bound no row sum well, so that every query goes to the exact pass. */
export class UncertifiedSearch implements Search {
  readonly #dim: number

  constructor(_kernels: Kernels, { dim }: UniversalSet) {
    this.#dim = dim
  }

  pairs({ rows, count }: QueryBlock): SearchAnswer | number {
    const bad = firstNonFinite(rows, 0, count * this.#dim)
    if (bad >= 0) return bad
    return answerWith(count, { undefinedRows: [], uncertified: [...new Uint32Array(count).keys()] })
  }

  settle(block: QueryBlock): SearchAnswer | number {
    return this.pairs(block)
  }
}
