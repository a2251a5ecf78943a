// Catches: a hang that is not noticed or too early, long work taken for one, time counted while this thread was busy or the
// process stopped, a timer that stays. Cannot catch: hangs of real threads (test/faults).
import { TaskWatch } from '#coordinator/engines/task-watch'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const LIMITS = { hangLimitMs: 60_000, startLimitMs: 10_000 }
const reasonOf = ({ signal }: AbortController) => (signal.reason as Error | undefined)?.message

function watched() {
  const watch = new TaskWatch(LIMITS)
  const add = () => {
    const task = new AbortController()
    return { task, pulse: watch.add(task) }
  }
  return { watch, add }
}

test('a begun task is given up when no sign of life has come for the limit, however long it has worked', () => {
  const { add } = watched()
  const { task, pulse } = add()
  for (let i = 0; i < 20; i++) {
    Atomics.add(pulse, 0, 1)
    vi.advanceTimersByTime(59_000)
  }
  expect(task.signal.aborted).toBe(false)
  vi.advanceTimersByTime(3_000)
  expect(reasonOf(task)).toBe('its worker gave no sign of life for 60 s')
})

test('tasks that wait are given up only where none is at work', () => {
  const { watch, add } = watched()
  const [working, waiting] = [add(), add()]
  for (let i = 0; i < 10; i++) {
    Atomics.add(working.pulse, 0, 1)
    vi.advanceTimersByTime(50_000)
  }
  expect(waiting.task.signal.aborted).toBe(false)
  watch.remove(working.task)
  vi.advanceTimersByTime(9_000)
  expect(waiting.task.signal.aborted).toBe(false)
  vi.advanceTimersByTime(2_000)
  expect(reasonOf(waiting.task)).toBe('no worker began it within 10 s')
})

test('each answer and each new task gives those that wait new time', () => {
  const { watch, add } = watched()
  const waiting = add()
  for (let i = 0; i < 10; i++) {
    const other = add()
    vi.advanceTimersByTime(6_000)
    watch.remove(other.task)
    vi.advanceTimersByTime(6_000)
  }
  expect(waiting.task.signal.aborted).toBe(false)
})

test('time that passes at once counts for no more than a tick', () => {
  const { add } = watched()
  const { task, pulse } = add()
  Atomics.add(pulse, 0, 1)
  vi.advanceTimersByTime(2_000)
  // A busy thread: its clock goes on, and its timer is late by an hour.
  vi.setSystemTime(Date.now() + 3_600_000)
  vi.advanceTimersByTime(2_000)
  expect(task.signal.aborted).toBe(false)
})

test('no timer is left when nothing is watched', () => {
  const { watch, add } = watched()
  const tasks = [add(), add()]
  expect(vi.getTimerCount()).toBe(1)
  for (const { task } of tasks) watch.remove(task)
  expect(vi.getTimerCount()).toBe(0)
})

test('an endless limit never ends a task', () => {
  const watch = new TaskWatch({ ...LIMITS, hangLimitMs: Infinity })
  const task = new AbortController()
  Atomics.add(watch.add(task), 0, 1)
  vi.advanceTimersByTime(1e8)
  expect(task.signal.aborted).toBe(false)
  watch.remove(task)
})
