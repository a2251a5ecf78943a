// Catches: rows, terms, summaries and files that a summary must refuse and does not, or of which it keeps a part. Cannot
// catch: a summary that is wrong and well-formed (key-summary.test.ts).
import {
  KeySummary,
  levFromBytes,
  levToBytes,
  summaryContent,
  type SummaryState,
} from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { streamed } from '../../laws/certify.ts'
import { digest } from '../../laws/digest.ts'
import { gaussian } from '../../support/matrices.ts'

describe('bad input', () => {
  test('NaN and infinity are named by row and column; nothing of the piece is absorbed', () => {
    const summary = new KeySummary({ dim: 3, epsilon: 0.1, rowStart: 10 }).update(Float64Array.of(1, 2, 3))
    const before = digest(summary.toBytes())
    expect(() => summary.update(Float64Array.of(1, 1, 1, 2, NaN, 2))).toThrow(
      expect.objectContaining({
        tag: 'Content',
        place: { input: 'keys', row: 12, column: 1, value: 'NaN', count: 1, rowCount: 1, columns: [1] },
      }),
    )
    expect(() => summary.update(Float32Array.of(1, 1, -Infinity))).toThrow(/row 11, column 2 is -Infinity/)
    expect(() => summary.update(Float64Array.of(1, 2))).toThrow(
      expect.objectContaining({ tag: 'ShapeMismatch' }),
    )
    expect(digest(summary.toBytes())).toBe(before)
  })

  test.each([
    [{ dim: 0 }, /dim is 0/],
    [{ dim: 4097 }, /dim is 4097/],
    [{ dim: 1.5 }, /dim is 1.5/],
    [{ epsilon: 0 }, /epsilon is 0/],
    [{ epsilon: 1e-291 }, /epsilon is 1e-291; it must be at least 1e-290/],
    [{ epsilon: 1.0001 }, /epsilon is 1.0001/],
    [{ epsilon: NaN }, /epsilon is NaN/],
    [{ p: 0 }, /p is 0/],
    [{ p: -1 }, /p is -1/],
    [{ p: NaN }, /p is NaN/],
    [{ p: Infinity }, /p is Infinity/],
    [{ rowStart: -1 }, /rowStart is -1/],
    [{ rowStart: 0.5 }, /rowStart is 0.5/],
  ])('%o is refused', (terms, message) => {
    expect(() => new KeySummary({ dim: 2, epsilon: 0.1, ...terms })).toThrow(
      expect.objectContaining({ tag: 'Option', message: expect.stringMatching(message) as string }),
    )
  })

  test('summaries of other terms are refused by the term that differs', () => {
    const base = () => new KeySummary({ dim: 2, epsilon: 0.1 })
    const refuse = (other: KeySummary, message: RegExp) =>
      expect(() => base().merge(other)).toThrow(
        expect.objectContaining({
          tag: 'IncompatibleSummary',
          message: expect.stringMatching(message) as string,
        }),
      )
    refuse(new KeySummary({ dim: 3, epsilon: 0.1 }), /d = 2.*3/)
    refuse(new KeySummary({ dim: 2, epsilon: 0.2 }), /epsilon = 0.1.*0.2/)
    refuse(new KeySummary({ dim: 2, epsilon: 0.1, p: 3 }), /p = 2.*3/)
    refuse(new KeySummary({ dim: 2, epsilon: 0.1, policy: 'prefix' }), /policy/)
  })

  test('a file of another policy, or of blocks that do not fit, is refused', () => {
    const state = streamed(gaussian(5, 2, 1)).state
    const reopened =
      (change: (content: ReturnType<typeof summaryContent>) => ReturnType<typeof summaryContent>) => () =>
        KeySummary.fromBytes(levToBytes(change(summaryContent(state))))
    expect(reopened((content) => content)().rowCount).toBe(5)
    const header = (fields: Record<string, unknown>) =>
      reopened((content) => ({
        ...content,
        header: { ...content.header, ...(fields as typeof content.header) },
      }))
    expect(header({ policy: 'latest' })).toThrow(/'policy' should be 'whole'/)
    expect(header({ dim: 3 })).toThrow(expect.objectContaining({ tag: 'Content' }))
    expect(header({ rowCount: -1 })).toThrow(expect.objectContaining({ tag: 'Content' }))
    expect(header({ ranges: 'all' })).toThrow(/'ranges'/)
    const blocks = (name: string) =>
      reopened((content) => ({ ...content, blocks: content.blocks.filter((b) => b.name !== name) }))
    for (const name of ['gram', 'exponents', 'rowIds', 'bounds', 'keys']) {
      expect(blocks(name), name).toThrow(expect.objectContaining({ tag: 'Content' }))
    }
    expect(levFromBytes(levToBytes(summaryContent(state))).kind).toBe('summary')
  })

  test('rows whose keys are not held are refused: they must be selected from their source', () => {
    const state: SummaryState = {
      ...streamed(gaussian(5, 2, 1)).state,
      openRanges: [{ rowStart: 2, rowEnd: 4 }],
    }
    expect(() => KeySummary.of(state).universalSet()).toThrow(/rows from 2 on/)
  })
})
