import { sees, UNIT_ROUNDOFF_F64 } from '@levattention/core/internal'
import type { SoftmaxProblem } from '../problem/softmax-problem.ts'
import { type Ranks, ranksOf } from './softmax-ranks.ts'
import { rowDifferences } from './softmax-rows.ts'
import { slackOf } from './softmax-slack.ts'
import type { SoftmaxAnswer } from './softmax-sums.ts'
import { lostDigits } from './lost-digits.ts'
import { dotToleranceOf } from './verify-bounds.ts'
import { type Difference, noSuchKey } from './verify-judge.ts'
import type { FilePair } from './verify-pairs.ts'

/** Scores below float64's normal range have lost bits. */
const SMALLEST_SCORE = 1e-300

/** Holds what a file has of a group against brute force; of its slack it is believed no more than is possible. By query, then key. */
export function judgeSoftmax(answer: SoftmaxAnswer, problem: SoftmaxProblem): Difference[] {
  const judge = new SoftmaxJudge(answer, problem)
  const found = [...judge.present(), ...judge.missing(), ...rowDifferences(answer, problem)]
  return found.sort((a, b) => a.query - b.query || (a.key ?? -1) - (b.key ?? -1))
}

class SoftmaxJudge {
  readonly #answer: SoftmaxAnswer
  readonly #problem: SoftmaxProblem
  readonly #present: ReadonlySet<string>
  readonly #ranks: readonly Ranks[] | undefined

  constructor(answer: SoftmaxAnswer, problem: SoftmaxProblem) {
    const { visibility, scale, top } = problem
    this.#answer = answer
    this.#problem = problem
    this.#present = new Set(answer.group.listed.map(({ queryId, keyId }) => `${queryId} ${keyId}`))
    this.#ranks = top === undefined ? undefined : ranksOf(answer, visibility, scale, top)
  }

  /** Pairs of the file that should not be there, or not with these numbers. */
  *present(): Generator<Difference> {
    const { group, bounds, sum } = this.#answer
    for (const pair of group.beyond) yield noSuchKey(pair)
    for (const [i, pair] of group.listed.entries()) {
      const query = sum.listed.queries[i]
      const { queryId, keyId, score: fileScore } = pair
      const place = { query: queryId, key: keyId, fileScore }
      const name = `query ${queryId}, key ${keyId}`
      if (!sees(this.#problem.visibility, queryId, keyId)) {
        const message = `${name}: the query does not see the key; the file says ${fileScore}`
        yield { kind: 'extra', ...place, message }
      } else if (bounds[query].isKnown) {
        const score = this.#scoreOf(query, this.#problem.scale * sum.listed.dots[i])
        const extra = this.#tooSmall(pair, query, i, score)
        const wrong = extra ?? this.#wrongScore(pair, query, score) ?? this.#wrongDot(pair, i)
        if (wrong === undefined) continue
        const kind = extra === undefined ? 'wrong' : 'extra'
        yield { kind, ...place, score, message: `${name}: ${wrong}` }
      }
    }
  }

  /** Wanted pairs that are not in the file. */
  *missing(): Generator<Difference> {
    const { group, bounds, sum } = this.#answer
    const { epsilon, top } = this.#problem
    const { queries, keyIds, logits } = sum.candidates
    for (const [i, query] of queries.entries()) {
      const [queryId, key] = [group.ids[query], keyIds[i]]
      if (!bounds[query].isKnown || this.#present.has(`${queryId} ${key}`)) continue
      const score = this.#scoreOf(query, logits[i])
      if (epsilon !== undefined && !(score >= epsilon * (1 + bounds[query].score))) continue
      if (!this.#isAmongTop(query, logits[i])) continue
      const asked = [
        epsilon === undefined ? [] : [`epsilon is ${epsilon}`],
        top === undefined ? [] : [`it is one of the ${top} largest`],
      ].flat()
      const message = `query ${queryId}, key ${key}: its score is ${score}, ${asked.join(', ')}, and the file does not have it`
      yield { kind: 'missed', query: queryId, key, score, message }
    }
  }

  /** Whether a key that is not listed is larger than one that is, by more than both may be rounded, or the file lists too few. */
  #isAmongTop(query: number, logit: number): boolean {
    const { top } = this.#problem
    if (this.#ranks === undefined || top === undefined) return true
    const { listedCount, leastListed } = this.#ranks[query]
    return listedCount < top || logit > leastListed + this.#tie(query)
  }

  /** Why a pair should not be there. */
  #tooSmall({ score: fileScore }: FilePair, query: number, at: number, score: number): string | undefined {
    const { epsilon, top, scale } = this.#problem
    if (epsilon !== undefined && !this.#mayBeThere(query, epsilon, fileScore, score))
      return `its score is ${score}, below epsilon ${epsilon}; the file says ${fileScore}`
    if (this.#ranks === undefined || top === undefined) return undefined
    const { listedCount, leastListed, topLogit } = this.#ranks[query]
    const logit = scale * this.#answer.sum.listed.dots[at]
    if (logit < topLogit - this.#tie(query))
      return `its score is ${score}, and there are ${top} larger ones; the file says ${fileScore}`
    if (listedCount > top && logit <= leastListed)
      return `the file lists more than the ${top} largest of the query, and this is the least of them`
    return undefined
  }

  /**
   * A pair is reported iff its float64 score is at least epsilon (1 - slack), so its exact score is so less its own slack, and
   * brute force's less what that is off by.
   */
  #mayBeThere(query: number, epsilon: number, fileScore: number, score: number): boolean {
    const slack = slackOf(this.#answer, query)
    const least = epsilon * (1 - slack) * (1 - 4 * UNIT_ROUNDOFF_F64)
    return fileScore >= least && score >= least * (1 - slack - this.#answer.bounds[query].score)
  }

  #wrongScore({ score: fileScore }: FilePair, query: number, score: number): string | undefined {
    const slack = slackOf(this.#answer, query)
    // To second order: a slack is relative to the exact score.
    const allowed = slack * (1 + 2 * slack) + this.#answer.bounds[query].score
    const off = Math.abs(fileScore - score)
    if (off <= allowed * score + SMALLEST_SCORE) return undefined
    return `its score is ${score}; the file says ${fileScore}, a relative ${(off / score).toPrecision(2)} off where ${allowed.toPrecision(2)} is due${lostDigits(fileScore, score)}`
  }

  /** No logit of a file overflows, so no dot does. */
  #wrongDot({ dot: fileDot }: FilePair, at: number): string | undefined {
    if (fileDot === undefined) return undefined
    const { dots, absolutes } = this.#answer.sum.listed
    const dot = { dim: this.#problem.keys.cols, value: dots[at], absolute: absolutes[at] }
    if (Math.abs(fileDot - dot.value) <= dotToleranceOf(dot) + Number.MIN_VALUE) return undefined
    return `q.k is ${dot.value}; the file says ${fileDot}${lostDigits(fileDot, dot.value)}`
  }

  /** Logits of a file and of brute force, two each, that are no farther apart may be in either order. */
  #tie(query: number): number {
    return 4 * this.#answer.bounds[query].logit
  }

  #scoreOf(query: number, logit: number): number {
    // No score is above 1 but by rounding.
    return Math.min(1, Math.exp(logit - this.#answer.lse[query]))
  }
}
