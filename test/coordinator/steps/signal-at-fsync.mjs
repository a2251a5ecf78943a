// @ts-check
// Preloaded into a command: it gets the signal of SIGNAL_AT_FSYNC (SIGABRT: calls abort()) when it is about to make a file safe,
// so that one stands half written.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { fsync } = fs
/** @type {(...args: Parameters<typeof fsync>) => void} */
const atFsync = (...args) => {
  const signal = process.env.SIGNAL_AT_FSYNC
  if (signal === 'SIGABRT') process.abort()
  process.kill(process.pid, signal)
  return fsync(...args)
}
Object.assign(fs, { fsync: atFsync })
syncBuiltinESMExports()
