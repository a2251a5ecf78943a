// Catches: a kind of case that fails or is not of the committed schema, peers that find something else. Cannot catch: wrong times.
import { afterAll, expect, test } from 'vitest'
import { Workspace } from '../cli/bin.ts'
import { hasScipy, measuredHere } from './support.ts'

const work = new Workspace()
afterAll(() => work.remove())

test.skipIf(!hasScipy())(
  'all kinds, beside their peers',
  async () => {
    const { cases, session, roofline } = await measuredHere(work)
    expect(cases.map(({ kind, agree }) => [kind, agree])).toEqual([
      ['heavy', true],
      ['softmax', true],
      ['attend', undefined],
      ['scores', true],
    ])
    for (const { entries } of cases) {
      expect(entries[0]).toMatchObject({ role: 'ours', ratio: 1 })
      expect(entries.some(({ role }) => role === 'peer')).toBe(true)
    }
    expect(session?.latencies[0].p50Ms).toBeGreaterThan(0)
    expect(roofline?.kernels.every(({ rate }) => rate > 1e6)).toBe(true)
    expect(roofline?.ceilings.length).toBeGreaterThan(0)
    expect(roofline?.stages.every(({ ofPeak, ofBandwidth }) => ofPeak > 0 && ofBandwidth > 0)).toBe(true)
  },
  240_000,
)
