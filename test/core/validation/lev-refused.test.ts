// Catches: a field or block of a .lev of any kind that is missing, no number, or out of its range, and is believed because the
// checksum holds. Numbers at odds with each other: lev-refused-rows.test.ts, lev-refused-numbers.test.ts.
// Cannot catch: what the file alone does not tell: keys that were left out, an epsilon below the real one, ids that were
// exchanged for others of the same ranges (`verify` reads the keys for that).
import { describe, expect, test } from 'vitest'
import { blockOf, crafted, type OpenedLev, takenApart } from '../../support/crafted-lev.ts'
import { tiered } from '../../support/tier.ts'
import { kinds, refusalOf, useSamples } from './lev-refusals.ts'

useSamples()

describe('every field of every kind', () => {
  /** Numbers that may be as large as they like: they only make an answer more careful, or say nothing. */
  const UNBOUNDED = /^(restRidgeScore|weightRatio|sampleBoundRatio|sampleWeightSum|weightedSum|restRatio)$/
  /** Files of earlier versions lack them. */
  const OPTIONAL = /[cC]ompensated|[fF]orwardNorm|[iI]nverseNorm|^(weighted|method|ridgeShare)$/

  test('is a number where it should be one, and in its range', () => {
    const believed: string[] = []
    for (const [kind, bytes] of kinds()) {
      const { header } = takenApart(bytes)
      for (const [field, value] of Object.entries(header)) {
        const others =
          typeof value === 'number'
            ? tiered([NaN, -1, 1e300, 0.3], [NaN, -Infinity, -1, 1e300, 0.3, 'x', null, [[0, 1]]])
            : tiered([-1], [NaN, -1, 'x', [[-1, 5]]])
        for (const other of others) {
          // A compared number may be this one, and is not negative anyway.
          if (other === 0.3 && !/Rows$|Count$|[dD]epth$|[rR]ank|Seed$|dim/.test(field)) continue
          if (other === 1e300 && UNBOUNDED.test(field)) continue
          const said = refusalOf(crafted(bytes, (content) => (content.header[field] = other)))
          if (said === 'accepted') believed.push(`${kind}: ${field} = ${String(other)}`)
        }
      }
    }
    expect(believed).toEqual([])
  })

  test('is there', () => {
    const believed: string[] = []
    for (const [kind, bytes] of kinds()) {
      for (const field of Object.keys(takenApart(bytes).header)) {
        if (OPTIONAL.test(field)) continue
        if (refusalOf(crafted(bytes, ({ header }) => delete header[field])) === 'accepted')
          believed.push(`${kind}: ${field}`)
      }
    }
    expect(believed).toEqual([])
  })
})

describe('every block of every kind', () => {
  const floats = ({ blocks }: OpenedLev) =>
    blocks.filter(({ dtype, data }) => dtype !== 'u64' && data.length > 0)

  test.each([NaN, Infinity, -Infinity])('%s is refused at its place', (value) => {
    for (const [kind, bytes] of kinds()) {
      for (const { name, data } of floats(takenApart(bytes))) {
        for (const at of new Set([0, Math.floor(data.length / 2), data.length - 1])) {
          const said = refusalOf(crafted(bytes, (content) => (blockOf(content, name).data[at] = value)))
          expect(said, `${kind}: ${name}[${at}]`).toMatch(
            new RegExp(`'${name}' .*is ${value} (at index|in row)`),
          )
        }
      }
    }
  })

  test('a length that is not that of the file’s sizes, another type, or none at all', () => {
    for (const [kind, bytes] of kinds()) {
      for (const { name, data } of takenApart(bytes).blocks) {
        const changes: Record<string, (content: OpenedLev) => void> = {
          gone: (content) => (content.blocks = content.blocks.filter((block) => block.name !== name)),
          'of bytes': (content) =>
            Object.assign(blockOf(content, name), { dtype: 'u8', data: new Uint8Array(data.length) }),
          longer: (content) => {
            const block = blockOf(content, name)
            const longer = new (block.data.constructor as Float64ArrayConstructor)(block.data.length + 1)
            longer.set(block.data)
            Object.assign(block, { data: longer })
          },
        }
        for (const [how, change] of Object.entries(changes)) {
          const said = refusalOf(crafted(bytes, change))
          // Of rows whose cut is not known there may be any number of traces.
          const isFree = how === 'longer' && name === 'shardTraces' && kind.startsWith('of a stream')
          if (!isFree) expect(said, `${kind}: ${name} ${how}`).not.toBe('accepted')
        }
      }
    }
  })
})
