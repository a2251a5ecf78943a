/** Vitest's global set-up: at the end, what messages told people to type is held against what was run. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'lev-advice-'))
  process.env.LEV_ADVICE_FOLDER = folder
  return () => {
    const given = records(folder, 'given').map(
      (line) => JSON.parse(line) as { template: string; message: string },
    )
    for (const { template, message } of given) console.log(JSON.stringify(template), '<-', message)
    rmSync(folder, { recursive: true })
  }
}

function records(folder: string, kind: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(kind))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
}
