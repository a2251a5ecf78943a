// @ts-check
// The command as its own process runs it, but on threads that load faulty-pool-entry.mjs, under limits of LEV_TEST_LIMITS.
import { EarlyEngine } from '#coordinator/engines/early-engine'
import { endInTime } from '#coordinator/cli/end-in-time'
import { runCommand } from '#coordinator/cli/run-command'

const { endLimitMs, ...limits } = JSON.parse(process.env.LEV_TEST_LIMITS ?? '{}')
const entry = new URL('faulty-pool-entry.mjs', import.meta.url)
const [name, ...args] = process.argv.slice(2)
process.stdout.on('error', () => undefined)
process.exitCode = await runCommand(name, args, new EarlyEngine(2, { entry, ...limits }))
endInTime(process.exitCode, endLimitMs)
