import { type OfPower, scalePowerOfTwo, shareOfPowers, UNIT_ROUNDOFF_F64 } from '@levattention/core/internal'
import type { AttentionProblem } from '../problem/attention-problem.ts'
import {
  dotToleranceOf,
  type KnownDot,
  LARGEST_SLACK,
  ownErrorOf,
  scoreToleranceOf,
  slackLimitOf,
} from './verify-bounds.ts'
import { lostDigits } from './lost-digits.ts'
import type { FilePair } from './verify-pairs.ts'
import type { GroupAnswer } from './verify-sums.ts'

/**
 * A certificate covers queries in which no more cancels where its ridge is below 0.1 / c², since ridge |Dq|² <= ridge c² N.
 * Ridges of a factor are far below (theory.md section 8, "Ridge certificate"); of the drop ridge that merged singular parts
 * carry that is seen, not proved.
 */
const COVERED_CANCELLATION = 100

/** How a file differs from brute force. */
export interface Difference {
  /** missed: not in the file; extra: should not be there; wrong: its numbers are not those of the pair. */
  readonly kind: 'missed' | 'extra' | 'wrong'
  /** Row of the queries. */
  readonly query: number
  /** Absent where it is about the query as a whole: its mass. */
  readonly key?: number
  /** By brute force; absent where the pair has none. */
  readonly score?: number
  /** In the file; absent where the pair is not there. */
  readonly fileScore?: number
  /** The same in a sentence. */
  readonly message: string
}

/** What is asked of the pairs, and whether the file gives ends of its scores. */
export interface Claims extends OfPower, Pick<AttentionProblem, 'epsilon' | 'sign' | 'mask'> {
  readonly hasIntervals: boolean
  /** Its scores are estimates: it holds every pair whose upper end reaches epsilon. */
  readonly isEstimate: boolean
}

/** The differences of a group's known queries, by query, then key. */
interface Judgement {
  readonly differences: Difference[]
  /** Missed pairs of queries that the file lists as undecided. */
  readonly uncertified: Difference[]
}

/** Holds what a file has of a group against brute force; of slack, mass and undecided queries the file is believed nothing. */
export function judge(answer: GroupAnswer, claims: Claims): Judgement {
  const judged = new GroupJudge(answer, claims)
  const differences = [...judged.present(), ...judged.ofQueries()]
  const uncertified: Difference[] = []
  for (const { isUncertified, difference } of judged.missing())
    (isUncertified ? uncertified : differences).push(difference)
  return { differences: inOrder(differences), uncertified: inOrder(uncertified) }
}

function inOrder(differences: Difference[]): Difference[] {
  return differences.sort((a, b) => a.query - b.query || (a.key ?? -1) - (b.key ?? -1))
}

class GroupJudge {
  readonly #answer: GroupAnswer
  readonly #claims: Claims
  readonly #dim: number
  readonly #present: ReadonlySet<string>
  /** Sum of the scores of each query's heavy pairs, as brute force has them. */
  readonly #heavyMass: Float64Array

  constructor(answer: GroupAnswer, claims: Claims) {
    const { group } = answer
    this.#answer = answer
    this.#claims = claims
    this.#dim = group.scaled.length / Math.max(1, group.ids.length)
    this.#present = new Set(group.listed.map(({ queryId, keyId }) => `${queryId} ${keyId}`))
    this.#heavyMass = new Float64Array(group.ids.length)
  }

  /** Pairs of the file that should not be there, or not with these numbers. */
  *present(): Generator<Difference> {
    const { group, listed } = this.#answer
    for (const pair of group.beyond) yield noSuchKey(pair)
    for (let i = 0; i < group.listed.length; i++) {
      const query = listed.queries[i]
      if (!this.#isKnown(query)) continue
      const dot: KnownDot = { dim: this.#dim, value: listed.dots[i], absolute: listed.absolutes[i] }
      const found =
        this.#hiddenPair(group.listed[i], query) ?? this.#differenceOf(group.listed[i], query, dot)
      if (found !== undefined) yield found
    }
  }

  /** Heavy pairs that are not in the file. */
  *missing(): Generator<{ readonly isUncertified: boolean; readonly difference: Difference }> {
    const { group, candidates } = this.#answer
    const { epsilon, sign } = this.#claims
    for (let i = 0; i < candidates.queries.length; i++) {
      const query = candidates.queries[i]
      const queryId = group.ids[query]
      const key = candidates.keyIds[i]
      const dot = candidates.dots[i]
      if (!this.#isKnown(query) || (sign === 'positive' && !(dot > 0))) continue
      const score = this.#scoreOf(query, dot)
      if (!(score >= epsilon * (1 + this.#ownError(query)))) continue
      if (this.#present.has(`${queryId} ${key}`)) continue
      const { isUncertified } = group.stated[query]
      const listing = isUncertified ? ', though it lists the query as undecided' : ''
      const message = `${nameOf(queryId, key)}: its score is ${score}, epsilon is ${epsilon}, and the file does not have it${listing}`
      yield { isUncertified, difference: { kind: 'missed', query: queryId, key, score, message } }
    }
  }

  /**
   * Shares inside U that are less than the heavy keys alone take, which are in U where the certificate covers the query; a
   * share where there is no row sum, or none where there is one.
   */
  *ofQueries(): Generator<Difference> {
    const { group, candidates, rowSums, cancellations } = this.#answer
    const { epsilon } = this.#claims
    candidates.queries.forEach((query, i) => {
      const score = this.#scoreOf(query, candidates.dots[i])
      if (score >= epsilon * (1 + this.#ownError(query))) this.#heavyMass[query] += score
    })
    for (let query = 0; query < group.ids.length; query++) {
      const { mass, isUncertified } = group.stated[query]
      if (mass === undefined || !this.#isKnown(query)) continue
      const isUndefined = rowSums.sums[query] === 0
      const isCovered = cancellations[query] <= COVERED_CANCELLATION
      const least = isCovered ? this.#heavyMass[query] - LARGEST_SLACK : -Infinity
      if (Number.isNaN(mass) ? isUndefined || isUncertified : !isUndefined && mass >= least) continue
      const found = isUndefined
        ? 'its product with every key is 0, so it has no mass inside U'
        : `its heavy keys alone take ${this.#heavyMass[query]} of its attention`
      const message = `query ${group.ids[query]}: ${found}; the file says that its mass inside U is ${mass}`
      yield { kind: 'wrong', query: group.ids[query], message }
    }
  }

  /** A pair that the mask hides. */
  #hiddenPair({ queryId, keyId: key, score: fileScore }: FilePair, query: number): Difference | undefined {
    const seen = this.#answer.group.visible?.[query]
    if (seen === undefined || (key >= seen.rowStart && key < seen.rowEnd)) return undefined
    const range = `keys ${seen.rowStart} to ${seen.rowEnd - 1}`
    const message = `${nameOf(queryId, key)}: the query sees ${range} alone; the file says ${fileScore}`
    return { kind: 'extra', query: queryId, key, fileScore, message }
  }

  #differenceOf(pair: FilePair, query: number, dot: KnownDot): Difference | undefined {
    const { rowSums, group } = this.#answer
    const { epsilon, sign } = this.#claims
    const { queryId, keyId: key, score: fileScore } = pair
    const place = { query: queryId, key, fileScore }
    const name = nameOf(queryId, key)
    if (!(rowSums.sums[query] > 0)) {
      const message = `${name}: the query's product with every key is 0, so it has no scores; the file says ${fileScore}`
      return { kind: 'extra', ...place, message }
    }
    const score = this.#scoreOf(query, dot.value)
    const low = this.#belowEpsilon(pair, query, dot, score)
    if (low !== undefined) {
      const message = `${name}: ${low}, below epsilon ${epsilon}; the file says ${fileScore}`
      return { kind: 'extra', ...place, score, message }
    }
    if (sign === 'positive' && dot.value < 0) {
      const message = `${name}: q.k is negative, and the file is to hold positive ones only`
      return { kind: 'extra', ...place, score, message }
    }
    const wrong = this.#wrongScore(pair, query, dot, score) ?? wrongDot(pair, dot, -group.shifts[query])
    return wrong === undefined ? undefined : { kind: 'wrong', ...place, score, message: `${name}: ${wrong}` }
  }

  /**
   * A pair is reported iff its score is at least epsilon (1 - slack), so its exact score is so less its own error. The slack
   * is at most what this pair can have, and, where the file tells one, what the file itself says. Undefined where the pair may be there.
   */
  #belowEpsilon(pair: FilePair, query: number, dot: KnownDot, score: number): string | undefined {
    const { epsilon, p, hasIntervals, isEstimate } = this.#claims
    const { score: fileScore, low, high } = pair
    // Its own score is held against the upper end with the other one.
    if (isEstimate) return high >= epsilon ? undefined : `its upper end is ${high}`
    const limit = slackLimitOf(dot, p)
    // Scores with ends are told where the lower one reaches epsilon, or by the rule of exact ones, whose lower end is one slack below.
    const slack = hasIntervals ? 2 * limit : Math.min(limit, this.#answer.group.stated[query].slack ?? limit)
    const least = epsilon * (1 - slack) * (1 - 4 * UNIT_ROUNDOFF_F64)
    if (!(score >= least * (1 - this.#due(query, dot)))) return `its score is ${score}`
    if (hasIntervals) return low >= least ? undefined : `its lower end is ${low}`
    return fileScore >= least ? undefined : `its score in the file is ${fileScore}`
  }

  #wrongScore(pair: FilePair, query: number, dot: KnownDot, score: number): string | undefined {
    const { score: fileScore, low, high } = pair
    const due = this.#due(query, dot)
    if (this.#claims.hasIntervals) {
      if (score >= low * (1 - due) && score <= high * (1 + due))
        return this.#claims.isEstimate ? undefined : wideEnds(pair, this.#answer.group.stated[query].slack)
      return `its score is ${score}; the file says that it lies from ${low} to ${high}`
    }
    const { slack } = this.#answer.group.stated[query]
    // To second order: a slack is relative to the exact score.
    const said = slack === undefined ? Infinity : slack * (1 + 2 * slack) + this.#ownError(query)
    const allowed = Math.min(due, said)
    if (Math.abs(fileScore - score) <= allowed * score) return undefined
    const told = said < due ? `, and it says that its scores lie within ${slack}` : ''
    return `its score is ${score}; the file says ${fileScore}, a relative ${relative(fileScore, score)} off where ${allowed.toPrecision(2)} is due${told}${lostDigits(fileScore, score)}`
  }

  /** How far the file's score of a pair may be from brute force's. */
  #due(query: number, dot: KnownDot): number {
    return scoreToleranceOf(dot, this.#answer.cancellations[query], this.#claims.p) + this.#ownError(query)
  }

  #isKnown(query: number): boolean {
    return this.#answer.states[query] === 'known'
  }

  #scoreOf(query: number, dot: number): number {
    // No score is above 1 but by rounding.
    return Math.min(1, shareOfPowers(this.#answer.rowSums, query, dot))
  }

  #ownError(query: number): number {
    return ownErrorOf(this.#answer.errors[query], this.#claims.p)
  }
}

/**
 * What is wrong with ends that lie around the right score: one is farther from the file's score than the query's slack, which
 * is the largest of its pairs. Scores that an exact pass decides have their ends one slack away, over the score.
 */
function wideEnds({ score, low, high }: FilePair, slack: number | undefined): string | undefined {
  if (slack === undefined) return undefined
  const distance = Math.max(high - score, score - low)
  if (distance <= low * (slack * (1 + 3 * LARGEST_SLACK) + 8 * UNIT_ROUNDOFF_F64)) return undefined
  return `the file says ${score}, from ${low} to ${high}, and that no end is farther than a relative ${slack} from the score`
}

/** What is wrong with the dot that the file has, where q.k = 2^shift `dot`: held against it where neither overflows. */
function wrongDot({ dot: fileDot }: FilePair, dot: KnownDot, shift: number): string | undefined {
  if (fileDot === undefined) return undefined
  const exact = scalePowerOfTwo(dot.value, shift)
  const mayOverflow = Math.abs(exact) >= Number.MAX_VALUE * (1 - LARGEST_SLACK)
  // A .ndjson tells no dot that overflows, which is NaN here.
  const isRight = Number.isFinite(fileDot)
    ? Math.abs(scalePowerOfTwo(fileDot, -shift) - dot.value) <=
      dotToleranceOf(dot) + scalePowerOfTwo(Number.MIN_VALUE, -shift)
    : mayOverflow && (Number.isNaN(fileDot) || Math.sign(fileDot) === Math.sign(dot.value))
  return isRight ? undefined : `q.k is ${exact}; the file says ${fileDot}${lostDigits(fileDot, exact)}`
}

/** The difference that a pair of a key or query is that does not exist. */
export function noSuchKey({ queryId, keyId, score }: FilePair): Difference {
  const message = `${nameOf(queryId, keyId)}: there is no such pair; the file says ${score}`
  return { kind: 'extra', query: queryId, key: keyId, fileScore: score, message }
}

function nameOf(query: number, key: number): string {
  return `query ${query}, key ${key}`
}

function relative(found: number, wanted: number): string {
  return (Math.abs(found - wanted) / wanted).toPrecision(2)
}
