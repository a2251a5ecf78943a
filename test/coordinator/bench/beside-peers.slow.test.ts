// Catches: a kind of case that fails or is not of the committed schema, peers that find something else. Cannot catch: wrong times.
import { afterAll, expect, test } from 'vitest'
import { Workspace } from '../cli/bin.ts'
import { hasScipy, measuredHere } from './support.ts'
import { tiered } from '../../support/tier.ts'

const FEW = ['heavy', 'scores', 'session']
const KINDS = ['heavy', 'softmax', 'attend', 'scores', 'session', 'roofline']

const work = new Workspace()
afterAll(() => work.remove())

test.skipIf(!hasScipy())(
  'all kinds, beside their peers',
  async () => {
    const { cases, session, roofline } = await measuredHere(work, ...tiered(['--only', FEW.join()], []))
    expect(cases.map(({ kind, agree }) => [kind, agree])).toEqual(
      [
        ['heavy', true],
        ['softmax', true],
        ['attend', undefined],
        ['scores', true],
      ].filter(([kind]) => tiered(FEW, KINDS).includes(String(kind))),
    )
    for (const { entries } of cases) {
      expect(entries[0]).toMatchObject({ role: 'ours', ratio: 1 })
      expect(entries.some(({ role }) => role === 'peer')).toBe(true)
    }
    expect(session?.latencies[0].p50Ms).toBeGreaterThan(0)
    if (tiered(true, false)) return
    expect(roofline?.kernels.every(({ rate }) => rate > 1e6)).toBe(true)
    expect(roofline?.ceilings.length).toBeGreaterThan(0)
    expect(roofline?.stages.every(({ ofPeak, ofBandwidth }) => ofPeak > 0 && ofBandwidth > 0)).toBe(true)
  },
  240_000,
)
