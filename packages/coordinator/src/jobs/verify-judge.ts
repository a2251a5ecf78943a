import { scalePowerOfTwo, UNIT_ROUNDOFF_F64 } from '@levattention/core/internal'
import type { FilePair } from './verify-pairs.ts'
import type { GroupAnswer } from './verify-sums.ts'
import type { VerifyTerms } from './verify-terms.ts'

/** How a file differs from brute force. */
export interface Difference {
  /** missed: not in the file; extra: should not be there; wrong: its numbers are not those of the pair. */
  readonly kind: 'missed' | 'extra' | 'wrong'
  readonly query: number
  readonly key: number
  /** By brute force; absent where the pair has none. */
  readonly score?: number
  /** In the file; absent where the pair is not there. */
  readonly fileScore?: number
  readonly message: string
}

/** What the file says beside its pairs, and what it was asked for. */
export interface Claims extends VerifyTerms {
  /** Relative slack of a query's scores. */
  slackOf(queryId: number): number
  /** Queries that the file lists as undecided: nothing of theirs is missed. */
  readonly uncertified: ReadonlySet<number>
}

/** How exact a score can be expected to be at best (theory.md section 8). */
const SCORE_TOLERANCE = 1e-9
/** Twice the relative error of the dots that tasks give back. */
const OWN_DOT_ERROR = 4e-12

/** Every difference of the group's trusted queries, by query, then key. */
export function judge(answer: GroupAnswer, claims: Claims): Difference[] {
  const judged = new GroupJudge(answer, claims)
  return [...judged.present(), ...judged.missing()].sort((a, b) => a.query - b.query || a.key - b.key)
}

class GroupJudge {
  readonly #answer: GroupAnswer
  readonly #claims: Claims

  constructor(answer: GroupAnswer, claims: Claims) {
    this.#answer = answer
    this.#claims = claims
  }

  /** Pairs of the file that should not be there, or not with these numbers. */
  *present(): Generator<Difference> {
    const { group, listed, trusted } = this.#answer
    for (const pair of group.beyond) yield noSuchKey(pair)
    for (let i = 0; i < group.listed.length; i++) {
      const query = listed.queries[i]
      if (!trusted[query]) continue
      const hidden = this.#hiddenPair(group.listed[i], query)
      if (hidden !== undefined) {
        yield hidden
        continue
      }
      const found = this.#differenceOf(group.listed[i], query, listed.dots[i], listed.absolutes[i])
      if (found !== undefined) yield found
    }
  }

  /** Heavy pairs that are not in the file. */
  *missing(): Generator<Difference> {
    const { group, candidates, trusted } = this.#answer
    const { epsilon, sign, uncertified } = this.#claims
    const present = new Set(group.listed.map(({ queryId, keyId }) => `${queryId} ${keyId}`))
    for (let i = 0; i < candidates.queries.length; i++) {
      const query = candidates.queries[i]
      const queryId = group.ids[query]
      const key = candidates.keyIds[i]
      const dot = candidates.dots[i]
      if (!trusted[query] || uncertified.has(queryId) || (sign === 'positive' && !(dot > 0))) continue
      const score = this.#scoreOf(query, dot)
      if (!(score >= epsilon * (1 + SCORE_TOLERANCE + this.#ownError(query)))) continue
      if (present.has(`${queryId} ${key}`)) continue
      const message = `${nameOf(queryId, key)}: its score is ${score}, epsilon is ${epsilon}, and the file does not have it`
      yield { kind: 'missed', query: queryId, key, score, message }
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

  #differenceOf(pair: FilePair, query: number, scaledDot: number, absolute: number): Difference | undefined {
    const { rowSums, cancellations, group } = this.#answer
    const { epsilon, sign, p } = this.#claims
    const { queryId, keyId: key, score: fileScore } = pair
    const place = { query: queryId, key, fileScore }
    const name = nameOf(queryId, key)
    if (!(rowSums[query] > 0)) {
      const message = `${name}: the query's product with every key is 0, so it has no scores; the file says ${fileScore}`
      return { kind: 'extra', ...place, message }
    }
    const score = this.#scoreOf(query, scaledDot)
    const dim = group.scaled.length / group.ids.length
    const units = 4 * dim * UNIT_ROUNDOFF_F64
    // Section 8's tolerance is that of p = 2.
    const scale = Math.max(1, p / 2)
    const due =
      scale *
        (SCORE_TOLERANCE + 2 * units * cancellations[query] + (units * absolute) / Math.abs(scaledDot)) +
      this.#ownError(query)
    const slack = this.#claims.slackOf(queryId)
    const least = epsilon * (1 - slack)
    if (!(score >= least * (1 - due - slack)) || !(fileScore >= least * (1 - SCORE_TOLERANCE))) {
      const message = `${name}: its score is ${score}, below epsilon ${epsilon}; the file says ${fileScore}`
      return { kind: 'extra', ...place, score, message }
    }
    if (pair.low !== fileScore || pair.high !== fileScore) {
      if (!(score >= pair.low * (1 - due) && score <= pair.high * (1 + due))) {
        const message = `${name}: its score is ${score}; the file says that it lies from ${pair.low} to ${pair.high}`
        return { kind: 'wrong', ...place, score, message }
      }
    } else if (!(Math.abs(fileScore - score) <= due * score)) {
      const message = `${name}: its score is ${score}; the file says ${fileScore}, a relative ${relative(fileScore, score)} off where ${due.toPrecision(2)} is due`
      return { kind: 'wrong', ...place, score, message }
    }
    const dot = scalePowerOfTwo(scaledDot, -group.shifts[query])
    const dotDue = SCORE_TOLERANCE * Math.abs(dot) + scalePowerOfTwo(units * absolute, -group.shifts[query])
    if (Number.isFinite(dot) && Number.isFinite(pair.dot) && !(Math.abs(pair.dot - dot) <= dotDue)) {
      const message = `${name}: q.k is ${dot}; the file says ${pair.dot}`
      return { kind: 'wrong', ...place, score, message }
    }
    if (sign === 'positive' && scaledDot < 0) {
      const message = `${name}: q.k is ${dot}, and the file is to hold positive ones only`
      return { kind: 'extra', ...place, score, message }
    }
    return undefined
  }

  #scoreOf(query: number, dot: number): number {
    const { rowSums, tops } = this.#answer
    const { p } = this.#claims
    const share = p === 2 ? (dot * dot) / rowSums[query] : Math.abs(dot / tops[query]) ** p / rowSums[query]
    // No score is above 1 but by rounding.
    return Math.min(1, share)
  }

  #ownError(query: number): number {
    return this.#answer.errors[query] + Math.max(1, this.#claims.p / 2) * OWN_DOT_ERROR
  }
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
