// Catches: a line of Python that a message about a mask tells people to type, and that fails, or gives a mask that sees other rows
// than were meant. Cannot catch: advice in plain words.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { openMask } from '@levattention/core/internal'
import { Inputs } from '#coordinator/inputs/open-inputs'
import { RunStats } from '#coordinator/tasks/run-context'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Workspace } from '../coordinator/cli/bin.ts'
import { PYTHON_TIMEOUT_MS, pythonWith } from '../core/files/output-support.ts'
import { thrownBy } from '../core/inputs/fixtures.ts'
import { countAdvice } from '../support/advice/done.ts'
import { cannotRun, ran } from '../support/advice/ran.ts'
import { codeSpans } from '../support/advice/spans.ts'

countAdvice(import.meta.url)
const python = pythonWith('numpy') ?? ''
const work = new Workspace()
afterAll(() => work.remove())

/** What Python says; fails where it fails. */
function inPython(script: string): string {
  const { status, stdout, stderr } = spawnSync(python, ['-c', script], { cwd: work.folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

/** The mask that a line of Python saved. */
function madeBy(span: string, terms: { rows: number; batches: number }): number[][] {
  inPython(span)
  const name = /numpy\.save\('([^']*)'/.exec(span)?.[1] ?? ''
  const mask = openMask(name.startsWith('/') ? name : join(work.folder, name), { ...terms, input: 'keys' })
  return Array.from({ length: mask.batches }, (_, batch) => [...mask.seen(batch)])
}

if (python === '') cannotRun('import numpy', 'python3 with NumPy is not here')

describe.skipIf(python === '')('masks that are read otherwise', () => {
  const SEEN = [1, 1, 0, 1, 0]
  const BOTH = [SEEN, [0, 0, 1, 1, 1]]
  const one = 'numpy.array([1, 1, 0, 1, 0])'
  const both = 'numpy.array([[1, 1, 0, 1, 0], [0, 0, 1, 1, 1]])'
  const full = `numpy.broadcast_to(${both}[:, None, None, :], (2, 4, 3, 5))`

  const arrays: [name: string, values: string, wanted: number[][]][] = [
    ['added', `numpy.where(${one} == 1, 0, -numpy.inf).astype('f4')`, [SEEN]],
    ['added16', `numpy.where(${one} == 1, 0, numpy.finfo('f2').min).astype('f2')`, [SEEN]],
    ['flags', `${both}.astype('f8')`, BOTH],
    ['documents', `${one} * 3`, [SEEN]],
    ['negative', `${both} * -1`, BOTH],
    ['turned', `${both}.T == 1`, BOTH],
    ['full', `${full} == 1`, BOTH],
    ['extended', `${both}[:, None, :]`, BOTH],
    ['fullAdded', `numpy.where(${full} == 1, 0, -1e9)`, BOTH],
    ['triangle', `numpy.tril(${full} == 1) | (${full} == 1)`, BOTH],
  ]
  const unclear = [
    ['zeros', 'numpy.zeros(5)'],
    ['others', 'numpy.arange(5.0)'],
    ['mixed', 'numpy.array([0, 1, -1e9, 0, 0])'],
  ]
  const hiding = [
    ['hides', 'bool'],
    ['hidesInts', 'int64'],
  ]
  beforeAll(() => {
    const saved = [
      ...[...arrays, ...unclear].map(([name, values]) => `numpy.save('${name}.npy', ${values})`),
      ...hiding.map(([name, type]) => `numpy.savez('${name}.npz', m=(1 - ${one}).astype('${type}'))`),
    ]
    inPython(`import numpy\n${saved.join('\n')}`)
  })

  test.each(arrays)(
    '%s',
    (name, _values, wanted) => {
      const terms = { rows: 5, batches: 2 }
      const error = thrownBy(() => openMask(join(work.folder, `${name}.npy`), { ...terms, input: 'keys' }))
      const spans = codeSpans((error as Error).message)
      expect([(error as Error).message, spans.length]).toEqual([expect.any(String), 1])
      expect(madeBy(spans[0], terms)).toEqual(wanted)
      ran(spans[0])
    },
    PYTHON_TIMEOUT_MS,
  )

  test('floats whose meaning nobody can tell come without a line', () => {
    for (const [name] of unclear) {
      const error = thrownBy(() => openMask(work.path(`${name}.npy`), { rows: 5, batches: 1, input: 'keys' }))
      expect((error as Error).message).toContain('Save of each of the 5 rows of the keys whether it is seen')
      expect(codeSpans((error as Error).message)).toEqual([])
    }
  })

  test('one that hides most rows is turned round, if it is the reverse', async () => {
    for (const [name] of hiding) {
      const stats = new RunStats()
      const inputs = new Inputs({}, stats)
      const mask = await inputs.openMask(work.path(`${name}.npz#m`), 'key-mask', 5)
      expect(mask.hiddenCount).toBe(3)
      expect(inputs.paths).toEqual([work.path(`${name}.npz`)])
      const [{ code, message }] = stats.warnings
      expect([code, message]).toEqual(['key-mask', expect.stringContaining('hides 3 of 5 rows')])
      const [span] = codeSpans(message)
      expect(madeBy(span, { rows: 5, batches: 1 })).toEqual([SEEN])
      ran(span)
    }
  })
})
