// Catches: a number of a .lev of any kind that is not finite, out of its range, out of order, doubled, or contradicts another, and
// is believed because the checksum holds. Cannot catch: what the file alone does not tell: keys that were left out, an
// epsilon below the real one, ids that were exchanged for others of the same ranges (`verify` reads the keys for that).
import {
  canonicalMsgpack,
  encodePreamble,
  KeySummary,
  levFromBytes,
  msgpackFault,
  universalFrom,
} from '@levattention/core/internal'
import { beforeAll, describe, expect, test } from 'vitest'
import { blockOf, crafted, type OpenedLev, takenApart } from '../../support/crafted-lev.ts'
import { tiered } from '../../support/tier.ts'
import { resealed } from '../storage/lev-support.ts'
import { levSamples } from './lev-samples.ts'

let samples: Record<string, Uint8Array>
beforeAll(async () => {
  samples = await levSamples()
}, 60_000)

function open(bytes: Uint8Array): void {
  const file = levFromBytes(bytes, 'odd.lev')
  if (file.kind === 'universal') universalFrom(file)
  else KeySummary.fromBytes(bytes)
}

/** Opening it throws a Content error that names the file, and `field` where one is given. */
function refusalOf(bytes: Uint8Array): string {
  try {
    open(bytes)
  } catch (error) {
    expect(error).toMatchObject({ tag: 'Content' })
    const { message } = error as Error
    expect(message).toMatch(/^(odd\.lev|the byte array)/)
    return message
  }
  return 'accepted'
}

/** Each has fields and blocks of its own; the others differ in their numbers. */
const FEW = [
  'whole, float32',
  'refined',
  'p = 1',
  'p = 3, one pass',
  'causal',
  'sketch',
  'of a stream',
  'summary, p = 1',
]
const kinds = () => Object.entries(samples).filter(([kind]) => tiered(FEW.includes(kind), true))

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

describe('ids', () => {
  const withIds = (change: (ids: Float64Array) => void) => (content: OpenedLev) =>
    change(blockOf(content, 'rowIds').data as Float64Array)

  test.each<[string, (ids: Float64Array) => void, RegExp]>([
    ['doubled', (ids) => (ids[1] = ids[0]), /'rowIds' .*each once .*is \d+ at index 1/],
    ['out of order', (ids) => ids.reverse(), /'rowIds' .*ascend/],
    ['behind the last row', (ids) => (ids[ids.length - 1] = 10 ** 9), /'rowIds' .*own ranges.*is 1000000000/],
    ['of 2^53', (ids) => (ids[ids.length - 1] = 2 ** 53), /'rowIds' .*own ranges/],
  ])('%s', (_, change, message) => {
    for (const [kind, bytes] of kinds())
      expect(refusalOf(crafted(bytes, withIds(change))), kind).toMatch(message)
  })

  test('before the first row of a part', () => {
    const bytes = crafted(
      samples['whole, float64'],
      withIds((ids) => (ids[0] = 699)),
    )
    expect(refusalOf(bytes)).toMatch(/'rowIds' .*own ranges of rows, and is 699 at index 0/)
  })

  test('sampled ids that are kept as keys, or whose priority is not theirs', () => {
    const bytes = samples['p = 3, one pass']
    const kept = crafted(bytes, (content) => {
      const sampled = blockOf(content, 'sampleRowIds').data
      const [first] = blockOf(content, 'rowIds').data
      sampled[Math.max(0, sampled.findIndex((rowId) => rowId > first) - 1)] = first
    })
    expect(refusalOf(kept)).toMatch(/'sampleRowIds' .*not kept/)
    const weighed = crafted(bytes, (content) => (blockOf(content, 'sampleWeights').data[3] *= 2))
    expect(refusalOf(weighed)).toMatch(/'samplePriorities' .*index 3/)
  })
})

describe('ranges of rows', () => {
  test.each<[string, number[][]]>([
    [
      'that overlap',
      [
        [0, 400],
        [300, 500],
      ],
    ],
    [
      'out of order',
      [
        [300, 600],
        [0, 300],
      ],
    ],
    [
      'that are empty',
      [
        [0, 600],
        [700, 700],
      ],
    ],
    ['that end before they begin', [[600, 0]]],
    ['in part', [[0.5, 600]]],
    ['of 10^9 rows', [[0, 10 ** 9]]],
    ['of fewer rows', [[0, 599]]],
    ['of none', []],
  ])('%s', (_, ranges) => {
    for (const field of ['ranges', 'openRanges']) {
      const bytes = crafted(samples.summary, ({ header }) => (header[field] = ranges))
      if (field === 'openRanges' && ranges.length === 0) continue
      expect(refusalOf(bytes)).toMatch(/'(ranges|openRanges|rowCount|rowIds)'/)
    }
  })

  test('100,000 of them are tried in one walk', () => {
    const summary = crafted(
      new KeySummary({ dim: 1, epsilon: 0.5 }).update(Float64Array.of(1)).toBytes(),
      ({ header }) => {
        const ranges = Array.from({ length: 100_000 }, (_, i) => [2 * i, 2 * i + 1])
        Object.assign(header, { ranges, openRanges: ranges, rowCount: 100_000, depth: 30 })
      },
    )
    expect(refusalOf(summary)).toMatch(/'rowIds' .*still to be selected/)
    const outside = crafted(summary, ({ header }) => {
      header.openRanges = [...(header.openRanges as number[][]).slice(0, -1), [199_998, 200_000]]
    })
    expect(refusalOf(outside)).toMatch(/'openRanges' .*is \[199998,200000\] at index 99999/)
  }, 9000)

  test('a row count that is not that of the ranges', () => {
    for (const [kind, bytes] of kinds()) {
      for (const rowCount of [10 ** 9, 0, 1]) {
        const said = refusalOf(crafted(bytes, ({ header }) => (header.rowCount = rowCount)))
        expect(said, kind).toMatch(/'(rowCount|shardTraces)'/)
      }
    }
  })
})

describe('numbers against each other', () => {
  const change = (kind: string, by: (content: OpenedLev) => void) => refusalOf(crafted(samples[kind], by))
  const scaled = (name: string, factor: number) => (content: OpenedLev) => {
    const { data } = blockOf(content, name)
    for (let i = 0; i < data.length; i++) data[i] *= factor
  }
  const at = (name: string, index: number, value: number) => (content: OpenedLev) => {
    blockOf(content, name).data[index] = value
  }
  const field = (name: string, value: number) => (content: OpenedLev) => {
    content.header[name] = value
  }

  test.each<[string, (content: OpenedLev) => void, RegExp]>([
    ['whole, float32', at('bounds', 1, 1.5), /'bounds' .*0 to 1, and is 1.5 at index 1/],
    ['whole, float32', at('bounds', 1, -0.1), /'bounds' .*is -0.1/],
    ['whole, float32', at('bounds', 1, 0.999), /'bounds' .*by its factor/],
    ['whole, float32', scaled('bounds', 0.5), /'bounds'/],
    ['whole, float32', scaled('keys', 2), /'(keys|bounds)'/],
    ['whole, float32', at('keys', 5, 0), /'bounds' .*by its factor/],
    ['whole, float32', scaled('gram', 2), /'(columnNorms|shardTraces)'/],
    ['whole, float32', at('gram', 0, -1), /'gram' .*diagonal, and is -1 in row 0, column 0/],
    ['whole, float32', at('gram', 1, 1e9), /'gram' .*Gram matrix.*row 0, column 1/],
    ['whole, float32', at('gram', 4, 1), /'gram' .*below its diagonal/],
    ['whole, float32', at('exponents', 0, 3000), /'exponents' .*is 3000 at index 0/],
    ['whole, float32', at('exponents', 0, 0.5), /'exponents'/],
    ['whole, float32', at('exponents', 0, 7), /'exponents' .*float32/],
    ['whole, float64', at('exponents', 0, 40), /'(exponents|bounds|keys)'/],
    ['whole, float32', at('lower', 0, 1), /'lower'/],
    ['whole, float32', at('lower', 0, -1), /'lower' .*above 0/],
    ['whole, float32', at('lower', 1, 1), /'lower' .*zero above its diagonal/],
    ['whole, float32', at('lower', 15, 0), /'lower'/],
    ['whole, float32', at('columnNorms', 2, 1), /'columnNorms' .*index 2/],
    ['whole, float32', scaled('shardTraces', 2), /'shardTraces'/],
    ['whole, float32', at('shardTraces', 0, -1), /'shardTraces' .*negative/],
    ['whole, float32', field('thresholdSlack', 0), /'thresholdSlack'/],
    ['whole, float32', field('thresholdSlack', 1), /'thresholdSlack'/],
    ['whole, float32', field('thresholdSlack', -1e-9), /'thresholdSlack'/],
    ['whole, float32', field('smallestEigenvalue', 0.999), /'(smallestEigenvalue|thresholdSlack)'/],
    ['whole, float32', field('rank', 5), /'rank' .*4 at most/],
    ['whole, float32', field('rank', 3), /'rank' .*4, and is 3/],
    ['whole, float32', field('condition', 0.5), /'condition'/],
    ['whole, float32', field('condition', 1e6), /'condition' .*own sum/],
    ['refined', field('condition', 3), /'condition' .*own sum/],
    ['singular', field('rank', 4), /'rank' .*3/],
    ['singular', field('rank', 2), /'rank' .*3/],
    ['p = 3', field('rank', 1), /'rank' .*4/],
    ['p = 3', field('condition', 1e6), /'condition' .*own sum/],
    ['causal', field('condition', 1e6), /'condition' .*own sum/],
    ['of a stream', field('rank', 1), /'rank' .*4/],
    ['of a stream, p = 1', field('condition', 1e6), /'(plainC|c)ondition' .*own sum/],
    ['whole, float32', field('gramError', 0), /'gramError'/],
    ['whole, float32', field('depth', 3), /'depth'/],
    ['whole, float32', field('shardRows', 4095), /'shardRows' .*4096/],
    ['whole, float32', field('shardRows', 1), /'(shardRows|shardTraces)'/],
    ['whole, float32', field('epsilon', 0.5), /'bounds' .*epsilon/],
    ['whole, float32', field('p', 3), /'attention'/],
    ['whole, float32', field('ridge', 1e-9), /'(ridge|lower|thresholdSlack)'/],
    ['whole, float32', field('dim', 1024), /'(exponents|gram|triangular)'/],
    ['whole, float32', field('dim', 5000), /'dim'/],
    ['refined', scaled('forward', 2), /'(forwardNorm|inverse|refinedGram)'/],
    ['refined', at('inverse', 3, 0), /'(inverse|rootError)'/],
    ['refined', at('refinedGram', 1, 0.5), /'refinedGram' .*symmetric/],
    ['refined', scaled('refinedGram', 2), /'(lower|refinedGram)'/],
    ['refined', field('rootError', 1e-300), /'rootError'/],
    ['refined', field('inverseNorm', 1), /'inverseNorm'/],
    ['singular', field('dropRidge', 0), /'dropRidge'/],
    ['singular', field('ridge', 0), /'(lower|ridge|thresholdSlack|dropRidge)'/],
    ['p = 3', field('weightSum', 1), /'weightSum'/],
    ['p = 3', scaled('arrivals', 2), /'arrivals'/],
    ['p = 3', scaled('weightedGram', 2), /'(columnNorms|refinedGram|weightedGram)'/],
    ['p = 3', scaled('bounds', 1e-3), /'bounds' .*leverage/],
    ['p = 1', field('weightRatio', 1e-3), /'(bounds|restRatio|weightRatio)'/],
    ['p = 1', field('restRatio', 0), /'restRatio'/],
    ['p = 1', scaled('plainLower', 2), /'plainLower'/],
    ['p = 3, one pass', field('sampleRows', 3), /'sampleRowIds'/],
    ['p = 3, one pass', field('sampleSeed', 2), /'samplePriorities'/],
    ['p = 3, one pass', field('restLeverage', 1e-9), /'restLeverage'/],
    ['p = 3, one pass', field('ridgeShare', 0.5), /'ridgeShare'/],
    ['p = 0.5, one pass', field('weightedSum', 1e-3), /'weightedSum'/],
    ['p = 0.5, one pass', at('arrivals', 0, 0), /'arrivals'/],
    ['causal', at('prefixDepths', 1, 0.5), /'prefixDepths'/],
    ['causal', at('prefixExponents', 4, 5000), /'prefixExponents'/],
    ['causal', at('prefixGrams', 0, 7), /'prefixGrams'/],
    ['causal', scaled('prefixGrams', 2), /'prefixGrams'/],
    ['causal', scaled('prefixGrams', 0.5), /'prefixGrams'/],
    ['causal', field('shardRows', 0), /'shard/],
    ['causal', scaled('bounds', 0.01), /'bounds'/],
    ['sketch', scaled('sketches', 2), /'bounds'/],
    ['sketch', field('sketchDistortion', 100), /'sketchDistortion'/],
    ['sketch', field('sketchDistortion', 1e-9), /'bounds'/],
    ['sketch', field('sketchRows', 1000), /'sketchRows' .*power of two/],
    ['sketch', field('sketchFilters', 0), /'sketchFilters'/],
    ['sketch', field('sketchDepth', 1), /'sketchDepth'/],
    ['sketch', at('gram', 1, 1), /'gram' .*beside its diagonal/],
    ['of a stream', scaled('triangular', 2), /'triangular'/],
    ['of a stream', at('triangular', 4, 1), /'triangular' .*below its diagonal/],
    ['of a stream', at('root', 0, 1), /'root'/],
    ['of a stream', field('rootError', 0), /'rootError'/],
    ['summary', at('gram', 3, 1e6), /'gram'/],
    ['summary', scaled('gram', 0.1), /'(gram|keys)'/],
    ['summary', scaled('keys', 10), /'keys'/],
    ['summary, p = 1', scaled('bounds', 0), /'bounds' .*leverage/],
    ['summary in triangular form', field('triangularErrors', 0), /'triangularErrors'/],
  ])('%s: what cannot be true is refused by its field', (kind, by, message) => {
    expect(change(kind, by)).toMatch(message)
  })

  test('a Gram matrix with a negative eigenvalue', () => {
    // Each pair of columns is possible by itself.
    const bytes = crafted(samples.summary, (content) => {
      const gram = blockOf(content, 'gram').data
      const root = (a: number) => Math.sqrt(gram[a * 5])
      for (let a = 0; a < 4; a++) for (let b = a + 1; b < 4; b++) gram[a * 4 + b] = -0.9 * root(a) * root(b)
    })
    expect(refusalOf(bytes)).toMatch(/'gram' .*negative eigenvalue/)
  })
})

describe('headers', () => {
  /** A file whose header is these bytes, with a right checksum. */
  function withHeader(body: Uint8Array): Uint8Array {
    const totalBytes = 64 + Math.ceil(body.length / 64) * 64 + 32
    const bytes = new Uint8Array(totalBytes)
    bytes.set(
      encodePreamble({
        formatVersion: 1,
        kindNumber: 1,
        headerBytes: body.length,
        blockCount: 0,
        totalBytes,
      }),
    )
    bytes.set(body, 64)
    return resealed(bytes)
  }

  test('lists and maps longer than their bytes are refused before they are made', () => {
    expect(refusalOf(withHeader(Uint8Array.of(0xdd, 1, 0xff, 0xff, 0xff)))).toMatch(/damaged/)
    expect(refusalOf(withHeader(Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff)))).toMatch(/damaged/)
    expect(refusalOf(withHeader(new Uint8Array(1000).fill(0x91)))).toMatch(/damaged/)
    expect(refusalOf(withHeader(new Uint8Array(3 * 2 ** 20).fill(0xc0)))).toMatch(
      /its header says 3145728 bytes/,
    )
  })

  test('the scan agrees with what is written', () => {
    const record = { a: [1, 2 ** 40, -5, 1.5, 'x', null, true], b: { c: [], d: 'y'.repeat(300) } }
    const bytes = canonicalMsgpack(record)
    expect(msgpackFault(bytes)).toBeUndefined()
    for (let length = 0; length < bytes.length; length++)
      expect(msgpackFault(bytes.slice(0, length))).toBeDefined()
  })

  test('bytes where the preamble is to be empty, and a block that comes twice', () => {
    const bytes = Uint8Array.from(samples.summary)
    bytes[40] = 1
    expect(refusalOf(resealed(bytes))).toMatch(/preamble/)
    const body = canonicalMsgpack({
      blocks: [1, 2].map(() => ({ dtype: 'u8', length: 0, name: 'a' })),
      meta: {},
    })
    const twice = withHeader(body)
    new DataView(twice.buffer).setUint32(16, 2, true)
    expect(refusalOf(resealed(twice))).toMatch(/block a twice/)
  })
})
