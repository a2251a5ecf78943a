// Catches: numbers of a .lev that contradict each other, or a header that is no header, and are believed because the checksum
// holds. Cannot catch: keys that were left out, an epsilon below the real one (`verify` reads the keys for that).
import { canonicalMsgpack, encodePreamble, msgpackFault } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { blockOf, crafted, type OpenedLev } from '../../support/crafted-lev.ts'
import { resealed } from '../lev/lev-support.ts'
import { refusalOf, sampleOf, useSamples } from './lev-refusals.ts'

useSamples()

describe('numbers against each other', () => {
  const change = (kind: string, by: (content: OpenedLev) => void) => refusalOf(crafted(sampleOf(kind), by))
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
    const bytes = crafted(sampleOf('summary'), (content) => {
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
    const bytes = Uint8Array.from(sampleOf('summary'))
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
