// @ts-check
// Windows of 16 consecutive readings of each mote as a float32 matrix [rows, 32]: sensor-windows.mjs OUT.npy
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { npyBytes } from '../test/support/npy.mjs'

const WINDOW = 16

/** [{ humidity, temperature }] of each mote, in the order of their first appearance. */
function readMotes() {
  const path = fileURLToPath(new URL('../examples/data/multihop-sensors/readings.csv', import.meta.url))
  const [, ...lines] = readFileSync(path, 'utf8').trim().split('\n')
  /** @type {Map<string, { humidity: number, temperature: number }[]>} */
  const motes = new Map()
  for (const line of lines) {
    const [mote, humidity, temperature] = line.split(',')
    const readings = motes.get(mote) ?? []
    readings.push({ humidity: Number(humidity), temperature: Number(temperature) })
    motes.set(mote, readings)
  }
  return [...motes.values()]
}

/** @param {string} path */
export function writeSensorWindows(path) {
  const rows = readMotes().flatMap((readings) =>
    Array.from({ length: readings.length - WINDOW + 1 }, (_, start) => {
      const window = readings.slice(start, start + WINDOW)
      return [...window.map((r) => r.humidity), ...window.map((r) => r.temperature)]
    }),
  )
  writeFileSync(path, npyBytes([rows.length, 2 * WINDOW], Float32Array.from(rows.flat())))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeSensorWindows(process.argv[2])
