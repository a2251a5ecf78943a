import { FOLLOWED, type HeadLook, type Looks, overlap } from './track.ts'

/** Means over images and heads; two numbers that say "by chance" are what choices by lot would have: keep / tokens. */
export interface Consistency {
  readonly step: number
  /** [blocks] each, of FOLLOWED's rules. */
  readonly overlapWithBefore?: Readonly<Record<string, readonly number[]>>
  readonly overlapWithLast: Readonly<Record<string, readonly number[]>>
  /** The same head on other images: what is position alone. */
  readonly overlapOfImages: Readonly<Record<string, readonly number[]>>
  /** Attention that the chosen keys hold, and that the best would. */
  readonly mass: Readonly<Record<string, readonly number[]>>
}

/** Of one snapshot beside the one before, if any, and the last. */
export function consistencyOf(step: number, now: Looks, before: Looks | undefined, last: Looks): Consistency {
  const byRule = (numbers: (rule: (typeof FOLLOWED)[number]) => number[]) =>
    Object.fromEntries(FOLLOWED.map((rule) => [rule, numbers(rule).map(rounded)]))
  const between = (other: Looks) =>
    byRule((rule) => perBlock(now, (one, place) => overlap(one.chosen[rule], at(other, place).chosen[rule])))
  const masses = ['leverage', 'norm-max', 'best'] as const
  return {
    step,
    ...(before && { overlapWithBefore: between(before) }),
    overlapWithLast: between(last),
    overlapOfImages: byRule((rule) =>
      perBlock(now, (one, place) => {
        const other = { ...place, image: (place.image + 1) % now.length }
        return overlap(one.chosen[rule], at(now, other).chosen[rule])
      }),
    ),
    mass: Object.fromEntries(
      masses.map((name) => [name, perBlock(now, (one) => one.mass[name]).map(rounded)]),
    ),
  }
}

interface Place {
  readonly image: number
  readonly block: number
  readonly head: number
}

function at(looks: Looks, { image, block, head }: Place): HeadLook {
  return looks[image][block][head]
}

/** The mean over images and heads of each block. */
function perBlock(looks: Looks, of: (one: HeadLook, place: Place) => number): number[] {
  return looks[0].map((_, block) => {
    const all = looks.flatMap((blocks, image) =>
      blocks[block].map((one, head) => of(one, { image, block, head })),
    )
    return all.reduce((sum, value) => sum + value, 0) / all.length
  })
}

function rounded(value: number): number {
  return Number(value.toFixed(4))
}
