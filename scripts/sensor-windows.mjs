// Windows of 16 consecutive readings of each mote as a float32 matrix [rows, 32]: sensor-windows.mjs OUT.npy
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const WINDOW = 16

/** [{ humidity, temperature }] of each mote, in the order of their first appearance. */
function readMotes() {
  const path = fileURLToPath(new URL('../examples/data/multihop-sensors/readings.csv', import.meta.url))
  const [, ...lines] = readFileSync(path, 'utf8').trim().split('\n')
  const motes = new Map()
  for (const line of lines) {
    const [mote, humidity, temperature] = line.split(',')
    if (!motes.has(mote)) motes.set(mote, [])
    motes.get(mote).push({ humidity: Number(humidity), temperature: Number(temperature) })
  }
  return [...motes.values()]
}

/** A version 1.0 .npy header for float32 [rows, cols], padded to 64 bytes. */
function npyHeader(rows, cols) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${cols}), }`
  const length = 64 * Math.ceil((10 + text.length + 1) / 64) - 10
  const header = Buffer.from(`\x93NUMPY\x01\x00__${text.padEnd(length - 1)}\n`, 'latin1')
  header.writeUInt16LE(length, 8)
  return header
}

export function writeSensorWindows(path) {
  const rows = readMotes().flatMap((readings) =>
    Array.from({ length: readings.length - WINDOW + 1 }, (_, start) => {
      const window = readings.slice(start, start + WINDOW)
      return [...window.map((r) => r.humidity), ...window.map((r) => r.temperature)]
    }),
  )
  const data = Buffer.from(Float32Array.from(rows.flat()).buffer)
  writeFileSync(path, Buffer.concat([npyHeader(rows.length, 2 * WINDOW), data]))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeSensorWindows(process.argv[2])
