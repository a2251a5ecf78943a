// Catches: an addon that is damaged, of another machine or version or no addon at all, and that ends the process, prints a stack, changes a byte or
// goes unmentioned; kernels that were asked for by name and are silently others. Cannot catch: an addon that was made to deceive.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { findNative } from '@levattention/core/internal'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { jsonHere } from '../coordinator/cli/in-process.ts'
import { HEADERS, hasTools } from './tools.ts'

const work = new Workspace()
const found = await findNative({})
afterAll(() => work.remove())
afterEach(() => void vi.unstubAllEnvs())
beforeAll(() => {
  work.npy('K.npy', [300, 5], gaussianRows(300, 5, 1, 9))
})

const TARGET = `${process.platform}-${process.arch}`
/** Of the sources as they lie here. */
const INPUTS = inputsOf('packages/native/generated/levattention.json')

function inputsOf(stampFile: string): string {
  if (found.state !== 'built') return ''
  return (JSON.parse(readFileSync(stampFile, 'utf8')) as { inputs: string }).inputs
}

/** A folder as a build leaves it, of these bytes; its stamp is right unless told otherwise. */
function builtOf(name: string, addon: Uint8Array, stamp: object = {}): string {
  const folder = work.path(name)
  mkdirSync(folder)
  writeFileSync(`${folder}/levattention.node`, addon)
  const hash = createHash('sha256').update(`${addon.length}\0`).update(addon).digest('hex')
  writeFileSync(
    `${folder}/levattention.json`,
    JSON.stringify({ inputs: INPUTS, addon: hash, target: TARGET, ...stamp }),
  )
  return folder
}

interface Summary {
  readonly kernels: string
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
  readonly error?: { readonly tag: string; readonly message: string }
}

async function run(folder: string, ...more: string[]): Promise<Summary> {
  vi.stubEnv('LEVATTENTION_NATIVE_DIR', folder)
  const options = ['--keys', 'K.npy', '--out', 'h.npz', '--force', '--workers', '0', ...more]
  return (await jsonHere(work, 'run', ...options)) as unknown as Summary
}

/** With `kernels auto` WebAssembly runs, to the same bytes, and one line says why; by name the line is the error. */
async function expectReplaced(folder: string, reason: RegExp): Promise<void> {
  await run(folder, '--kernels', 'wasm')
  const bytes = readFileSync(work.path('h.npz'))
  const { kernels, warnings } = await run(folder)
  expect(kernels).toBe('wasm')
  expect(readFileSync(work.path('h.npz'))).toEqual(bytes)
  expect(warnings.map(({ code }) => code)).toEqual(['native-kernels'])
  expect(warnings[0].message).toMatch(reason)
  const { error } = await run(folder, '--kernels', 'native')
  expect(error).toMatchObject({ tag: 'Option', message: expect.stringMatching(reason) as string })
  for (const text of [warnings[0].message, error?.message ?? ''])
    expect(text).not.toMatch(/\n|\bat .*:\d+:\d+/)
}

test('nothing is built: WebAssembly without a word, and by name an error that says what builds it', async () => {
  const folder = work.path('nothing')
  expect(await run(folder)).toMatchObject({ kernels: 'wasm', warnings: [] })
  const { error } = await run(folder, '--kernels', 'native')
  expect(error?.message).toMatch(/not built here; `levattention build-native` builds them/)
})

test.each([
  ['text', 'no-elf', Buffer.from('not an addon'), {}, /no-elf.levattention\.node/],
  ['nothing', 'empty', Buffer.alloc(0), {}, /empty.levattention\.node/],
  // The start of a shared object for arm64.
  [
    'an object for another CPU',
    'arm64',
    Buffer.concat([Buffer.from('7f454c460201010000000000000000000300b700', 'hex'), Buffer.alloc(4096)]),
    {},
    /arm64.levattention\.node/,
  ],
  ['what was built elsewhere', 'sparc', Buffer.from('x'), { target: 'sunos-sparc' }, /built for sunos-sparc/],
  ['other bytes than were built', 'other', Buffer.from('x'), { addon: '00' }, /not as it was built/],
])('an addon that is %s', async (_what, name, addon, stamp, reason) => {
  await expectReplaced(builtOf(name, addon, stamp), reason)
})

test('a stamp that is damaged', async () => {
  const folder = builtOf('stamp', Buffer.from('x'))
  writeFileSync(`${folder}/levattention.json`, '{"inputs": 3')
  await expectReplaced(folder, /levattention\.json is damaged/)
})

test.skipIf(found.state !== 'built')('half an addon, a level that is not there', async () => {
  if (found.state !== 'built') return
  const whole = readFileSync(found.choice.path)
  const cut = builtOf('cut', whole)
  writeFileSync(`${cut}/levattention.node`, whole.subarray(0, whole.length / 2))
  await expectReplaced(cut, /not as it was built/)
  const good = work.path('good')
  cpSync(builtOf('copy', whole), good, { recursive: true })
  expect(await run(good, '--kernels', 'native')).toMatchObject({ kernels: 'native', warnings: [] })
  vi.stubEnv('LEVATTENTION_NATIVE_LEVEL', 'avx9')
  await expectReplaced(
    good,
    /LEVATTENTION_NATIVE_LEVEL is avx9, and this machine has .*portable.*set one of these/,
  )
})

test.skipIf(found.state !== 'built')('an addon of other sources, as they were before an update', async () => {
  if (found.state !== 'built') return
  const folder = builtOf('sources', readFileSync(found.choice.path), { inputs: 'of earlier ones' })
  await expectReplaced(folder, /sources.levattention\.node was built for another version.*build-native/)
})

/** An addon with kernels of no use and what `more` exports; gone with the test's folder. */
function addonOf(name: string, more: string): Buffer {
  const [source, out] = [work.path(`${name}.c`), work.path(`${name}.node`)]
  writeFileSync(
    source,
    `#include <node_api.h>
static napi_value bind(napi_env env, napi_callback_info info) { (void)env; (void)info; return 0; }
NAPI_MODULE_INIT() {
  napi_value array, name, number, call;
  napi_create_array(env, &array);
  napi_create_string_utf8(env, "portable", NAPI_AUTO_LENGTH, &name);
  napi_set_element(env, array, 0, name);
  napi_set_named_property(env, exports, "levels", array);
  napi_create_function(env, "bind", NAPI_AUTO_LENGTH, bind, 0, &call);
  napi_set_named_property(env, exports, "bind", call);
  napi_set_named_property(env, exports, "team", call);
  (void)number;
  ${more}
  return exports;
}
`,
  )
  execFileSync('cc', ['-shared', '-fPIC', `-I${HEADERS}`, '-o', out, source])
  return readFileSync(out)
}

test.runIf(hasTools()).each([
  ['none', ''],
  [
    'another',
    'napi_create_uint32(env, 999, &number); napi_set_named_property(env, exports, "interface", number);',
  ],
])('an addon whose interface has %s number', async (name, more) => {
  const folder = builtOf(`interface-${name}`, addonOf(name, more))
  await expectReplaced(folder, /levattention\.node was built for another version.*build-native/)
})

test.skipIf(found.state !== 'built')('an empty LEVATTENTION_NATIVE_LEVEL is none', async () => {
  vi.stubEnv('LEVATTENTION_NATIVE_LEVEL', '')
  expect(await run('')).toMatchObject({ kernels: 'native', warnings: [] })
})
