// @ts-check
// npm run bench [-- OPTIONS]: `levattention bench` of this working copy; --help shows its options.
import { spawnSync } from 'node:child_process'
import { COMMAND } from '../test/support/command.mjs'

const { status } = spawnSync(process.execPath, [COMMAND, 'bench', ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
