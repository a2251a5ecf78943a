// What the command's bin loads: `main`, as compiled before where that was kept.
import { fileURLToPath } from 'node:url'
import { loadScript } from '@levattention/core/internal/load-script'

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const { exports, keepCode } = loadScript(place('command.cjs'), place('../compiled'))

export const { main } = exports as typeof import('./main.ts')

if (process.env.LEVATTENTION_KEEP_CODE) process.once('exit', keepCode)
