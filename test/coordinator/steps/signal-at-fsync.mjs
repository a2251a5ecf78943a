// Preloaded into a command: it gets the signal of SIGNAL_AT_FSYNC when it is about to make a file safe, so that one stands
// half written.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { fsync } = fs
fs.fsync = (...args) => {
  process.kill(process.pid, process.env.SIGNAL_AT_FSYNC)
  return fsync(...args)
}
syncBuiltinESMExports()
