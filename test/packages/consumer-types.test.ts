// Catches: declarations that a strict program without our own lib and options cannot compile, a README whose library lines
// are no longer right. Cannot catch: other TypeScript versions.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The compiler's complaints about `sources`, each a module, in a project that has the packages and Node's types, nothing else. */
function complaints(...sources: readonly string[]): string {
  const project = mkdtempSync(join(tmpdir(), 'lev-consumer-'))
  onTestFinished(() => rmSync(project, { recursive: true }))
  mkdirSync(join(project, 'node_modules/@levattention'), { recursive: true })
  for (const name of ['core', 'coordinator'])
    symlinkSync(join(root, 'packages', name), join(project, 'node_modules/@levattention', name))
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022'],
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  sources.forEach((source, i) => writeFileSync(join(project, `use${i}.ts`), source))
  try {
    return execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
      encoding: 'utf8',
    })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

test('the lines of the README compile in a strict project with lib es2022 and the types of Node', () => {
  const page = readFileSync(join(root, 'README.md'), 'utf8')
  const blocks = (language: string) =>
    [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, lines]) => lines)
  const [service] = blocks('js')
  const [snippet, parity, softmax, ...others] = blocks('ts')
  expect(others).toEqual([])
  expect(snippet).toContain('levattention({')
  const opened = `import { KeySummary, openMatrix, openUniversalSet } from '@levattention/core'
import { levattention, saveUniversalSet } from '@levattention/coordinator'
const lev = await levattention()
const [keys, queries] = [openMatrix('K.npy'), openMatrix('Q.npy')]
const universal = openUniversalSet('u.lev')
const summary = new KeySummary({ dim: 2, epsilon: 0.1 })
`
  expect(parity).toContain('lev.merge(')
  expect(softmax).toContain('lev.attend(')
  const before = `import { openMatrix } from '@levattention/core'
import { levattention } from '@levattention/coordinator'
const lev = await levattention()
`
  expect(complaints(service, snippet, opened + parity, before + softmax)).toBe('')
})

test('options of another call, misspelt ones and wrong arrays are seen by the compiler', () => {
  const wrong = [
    'lev.heavyAttentions(universal, keys, { p: 4 })',
    'lev.sample(keys, { rows: 10, p: 4 })',
    'lev.sample(keys)',
    'lev.universalSet(keys, { queryBatches: 2 })',
    'lev.universalSet(keys, { epsiln: 0.1 })',
    'lev.liveSummary({ dim: 4, epsiln: 0.1 })',
    'lev.session(universal, { limit: 4 })',
    'lev.session(summary)',
    'levattention({ early: undefined })',
    'summary.update(Buffer.alloc(16))',
    'summary.update(new Uint16Array(4))',
    'summary.heavyPairs([1, 2])',
    'summary.heavyPairs(new DataView(new ArrayBuffer(8)))',
    'summary.state',
    'new KeySummary({ dim: 2, epsilon: 0.1 }, {})',
    'universal.factor.ridge',
    'new LevAttention()',
    "lev.session({ ...universal, factor: 'regular' })",
  ]
  const source = `import { KeySummary, type MatrixSource, matrix, openUniversalSet, type UniversalSet } from '@levattention/core'
import { type LevAttention, levattention } from '@levattention/coordinator'
const keys = matrix(new Float32Array(4), { rows: 2, cols: 2 })
const summary = new KeySummary({ dim: 2, epsilon: 0.1 })
const lev = await levattention()
const universal = await lev.universalSet(keys, { epsilon: 0.1, p: 3, passes: 1, shards: 2 })
lev.heavyAttentions(universal, keys, { keys, scores: 'exact', queryBatches: 2 })
const resident = (of: LevAttention, set: UniversalSet, source: MatrixSource) => [of.session(set), of.sample(source, { rows: 1 })]
for (const set of [universal, summary.merge(summary.update(new Float64Array(2))).universalSet(), openUniversalSet('u.lev')])
  resident(lev, set, keys)
${wrong.map((line) => `// @ts-expect-error\n${line}`).join('\n')}
`
  expect(complaints(source)).toBe('')
})

test('a wrong type is still seen', () => {
  expect(
    complaints("import { matrix } from '@levattention/core'\nmatrix([1], { rows: 1, cols: 1 })"),
  ).toContain('use0.ts(2,8)')
})
