// @ts-check
// Preloaded into a command: it gets the signal that SIGNAL_AT_CALL names (SIGABRT: calls abort()) when it is about to call the
// function of node:fs there for the first time: 'fsync SIGKILL'.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [name, signal] = (process.env.SIGNAL_AT_CALL ?? '').split(' ')
/** @type {Record<string, (...args: unknown[]) => unknown>} */
const functions = Object(fs)
const original = functions[name]
functions[name] = (...args) => {
  functions[name] = original
  syncBuiltinESMExports()
  if (signal === 'SIGABRT') process.abort()
  process.kill(process.pid, signal)
  return original(...args)
}
syncBuiltinESMExports()
