import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** The prefix with include/node/node_api.h. Throws where there is none. */
export function locateHeaders(environment: NodeJS.ProcessEnv): string {
  const prefix = environment['npm_config_nodedir'] ?? dirname(dirname(realpathSync(process.execPath)))
  const header = join(prefix, 'include', 'node', 'node_api.h')
  if (existsSync(header)) return prefix
  throw new Error(`Node's headers are not there (${header}); name their prefix in npm_config_nodedir`)
}

/** node-gyp's program: the one that npm brings. Throws where there is none. */
export function locateNodeGyp(environment: NodeJS.ProcessEnv): string {
  const beside = ['bin', 'node-gyp.js']
  const npms = [
    environment['npm_execpath'],
    join(dirname(dirname(realpathSync(process.execPath))), 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...(environment['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'npm')),
  ].filter((path) => path !== undefined && existsSync(path))
  const programs = npms.map((npm) =>
    join(dirname(dirname(realpathSync(npm as string))), 'node_modules', 'node-gyp', ...beside),
  )
  const found = [environment['npm_config_node_gyp'], ...programs].find(
    (path) => path !== undefined && existsSync(path),
  )
  if (found !== undefined) return found
  throw new Error('node-gyp is not found: it comes with npm; name its bin/node-gyp.js in npm_config_node_gyp')
}
