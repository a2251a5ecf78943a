// What piscina loads of the packages as they are installed: `pool-entry`, as compiled before where that was kept.
import { fileURLToPath } from 'node:url'
import { loadScript } from '@levattention/core/internal/load-script'

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const { exports, keepCode } = loadScript(place('pool-entry.cjs'), place('../compiled'))
const { handle: handleTask } = exports as typeof import('./pool-entry.ts')

export const handle: typeof handleTask = (message) => {
  const answer = handleTask(message)
  if (process.env.LEVATTENTION_KEEP_CODE) keepCode()
  return answer
}
