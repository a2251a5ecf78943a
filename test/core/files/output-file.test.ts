// Catches: an output visible before it is whole, replaced without --force, or left in part after a failure (failing
// system calls are injected). Cannot catch: what a power cut does to a file system that lies about fsync.
import fs from 'node:fs'
import { join } from 'node:path'
import { checkOutput, createOutput, isClosedPipe, removeOpenTemporaries } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { errorOf, failSystemCall, rejectionOf, testFolder } from './output-support.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('the file appears at commit, whole, and nothing else stays', async () => {
  const folder = testFolder()
  const output = createOutput(join(folder, 'a.bin'))
  output.write(bytes('hello '))
  output.write(bytes('world'))
  output.overwrite(0, bytes('J'))
  expect(output.byteLength).toBe(11)
  expect(fs.existsSync(join(folder, 'a.bin'))).toBe(false)
  await output.commit()
  output.abort() // after commit: nothing
  expect(fs.readdirSync(folder)).toEqual(['a.bin'])
  expect(fs.readFileSync(join(folder, 'a.bin'), 'utf8')).toBe('Jello world')
})

test('abort leaves nothing, and a closed output takes no more', async () => {
  const folder = testFolder()
  const output = createOutput(join(folder, 'a.bin'))
  output.write(bytes('x'))
  output.abort()
  output.abort()
  expect(fs.readdirSync(folder)).toEqual([])
  errorOf('Internal', () => output.write(bytes('y')))
  await rejectionOf('Internal', output.commit())
})

test('bytes not written yet cannot be overwritten', () => {
  const output = createOutput(join(testFolder(), 'a.bin'))
  output.write(bytes('abc'))
  errorOf('Internal', () => output.overwrite(2, bytes('xy')))
  output.abort()
})

test('a short write by the system is gone on with', async () => {
  const folder = testFolder()
  const real = fs.writeSync
  const output = createOutput(join(folder, 'a.bin'))
  const stub = failSystemCall('writeSync', 'unused', Infinity)
  Reflect.set(fs, 'writeSync', (file: number, data: Uint8Array, start: number, count: number, at: number) =>
    real(file, data, start, Math.min(count, 3), at),
  )
  const { syncBuiltinESMExports } = await import('node:module')
  syncBuiltinESMExports()
  output.write(bytes('0123456789'))
  stub.restore()
  await output.commit()
  expect(fs.readFileSync(join(folder, 'a.bin'), 'utf8')).toBe('0123456789')
})

describe('an existing file', () => {
  test('is refused without force, by checkOutput and createOutput alike', () => {
    const path = join(testFolder(), 'a.bin')
    fs.writeFileSync(path, 'old')
    for (const begin of [checkOutput, createOutput]) {
      const error = errorOf('CannotWrite', () => begin(path))
      expect(error.message).toContain('exists')
      expect(error.message).toContain('`force: true`')
      expect(error.place).toEqual({ file: path, option: 'force' })
    }
    expect(fs.readFileSync(path, 'utf8')).toBe('old')
  })

  test('is replaced with force, only at commit; abort keeps it', async () => {
    const folder = testFolder()
    const path = join(folder, 'a.bin')
    fs.writeFileSync(path, 'old')
    createOutput(path, { force: true }).abort()
    expect(fs.readFileSync(path, 'utf8')).toBe('old')
    const output = createOutput(path, { force: true })
    output.write(bytes('new'))
    expect(fs.readFileSync(path, 'utf8')).toBe('old')
    await output.commit()
    expect(fs.readFileSync(path, 'utf8')).toBe('new')
    expect(fs.readdirSync(folder)).toEqual(['a.bin'])
  })

  test('that appears during the run is kept without force', async () => {
    const folder = testFolder()
    const path = join(folder, 'a.bin')
    const output = createOutput(path)
    output.write(bytes('ours'))
    fs.writeFileSync(path, 'theirs')
    const error = await rejectionOf('CannotWrite', output.commit())
    expect(error.message).toContain('someone else')
    expect(fs.readFileSync(path, 'utf8')).toBe('theirs')
    expect(fs.readdirSync(folder)).toEqual(['a.bin'])
  })

  test('of a file system without links: the file still appears, and a taken name is still kept', async () => {
    const folder = testFolder()
    failSystemCall('linkSync', 'EPERM', 0)
    const output = createOutput(join(folder, 'a.bin'))
    await output.commit()
    const second = createOutput(join(folder, 'b.bin'))
    fs.writeFileSync(join(folder, 'b.bin'), 'theirs')
    await rejectionOf('CannotWrite', second.commit())
    expect(fs.readFileSync(join(folder, 'b.bin'), 'utf8')).toBe('theirs')
    expect(fs.readdirSync(folder)).toEqual(['a.bin', 'b.bin'])
  })

  test('behind a symbolic link is replaced, and the link stays', async () => {
    const folder = testFolder()
    fs.writeFileSync(join(folder, 'real.bin'), 'old')
    fs.symlinkSync('real.bin', join(folder, 'link.bin'))
    const output = createOutput(join(folder, 'link.bin'), { force: true })
    output.write(bytes('new'))
    await output.commit()
    expect(fs.readFileSync(join(folder, 'real.bin'), 'utf8')).toBe('new')
    expect(fs.lstatSync(join(folder, 'link.bin')).isSymbolicLink()).toBe(true)
  })
})

describe('refused with force as well', () => {
  test('a folder, a device, a dangling link, a missing folder, a file as folder, an empty name', () => {
    const folder = testFolder()
    fs.writeFileSync(join(folder, 'plain'), '')
    fs.symlinkSync('nowhere', join(folder, 'dangling'))
    const cases: [string, RegExp][] = [
      [folder, /is a folder/],
      ['/dev/null', /not a file.*standard output/],
      [join(folder, 'dangling'), /symbolic link to nothing/],
      [join(folder, 'no/such/a.bin'), /mkdir -p/],
      [join(folder, 'plain', 'a.bin'), /not a folder/],
      [join(folder, 'new/'), /names a folder|is a folder/],
      [join(folder, 'n'.repeat(300)), /too long/],
      ['', /empty/],
    ]
    for (const [path, said] of cases) {
      for (const begin of [checkOutput, createOutput]) {
        expect(errorOf('CannotWrite', () => begin(path, { force: true })).message).toMatch(said)
      }
    }
    expect(fs.readdirSync(folder).sort()).toEqual(['dangling', 'plain'])
  })

  test('a folder that this user cannot write', (context) => {
    const folder = testFolder()
    fs.chmodSync(folder, 0o555)
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65534)
    try {
      if (process.platform === 'win32') context.skip('folders have no mode bits here')
      const path = join(folder, 'a.bin')
      expect(errorOf('CannotWrite', () => createOutput(path)).message).toContain('permission denied')
      // The early check asks for the real user, whom root cannot change and come back.
      if (!isRoot)
        expect(errorOf('CannotWrite', () => checkOutput(path)).message).toContain('permission denied')
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })
})

test.each(['ENOSPC', 'EIO', 'EDQUOT', 'EFBIG', 'EPIPE'])(
  '%s while writing: error with file and bytes, nothing left',
  (code) => {
    const folder = testFolder()
    const path = join(folder, 'a.bin')
    const output = createOutput(path)
    output.write(bytes('12345'))
    failSystemCall('writeSync', code, 0)
    const error = errorOf('CannotWrite', () => output.write(bytes('6')))
    expect(error.message).toContain(path)
    expect(error.message).toContain(code)
    expect(error.message).toContain('5 bytes')
    expect(isClosedPipe(error)).toBe(code === 'EPIPE')
    expect(fs.readdirSync(folder)).toEqual([])
  },
)

test.each(['linkSync', 'renameSync'] as const)('a failing %s at commit leaves nothing', async (call) => {
  const folder = testFolder()
  const output = createOutput(join(folder, 'a.bin'), { force: call === 'renameSync' })
  output.write(bytes('x'))
  if (call === 'linkSync') failSystemCall('renameSync', 'EIO', 0)
  failSystemCall(call, 'EIO', 0)
  expect((await rejectionOf('CannotWrite', output.commit())).message).toContain('EIO')
  expect(fs.readdirSync(folder)).toEqual([])
})

test('removeOpenTemporaries removes every open output, and their commits fail', async () => {
  const folder = testFolder()
  const outputs = ['a', 'b'].map((name) => createOutput(join(folder, name)))
  expect(fs.readdirSync(folder)).toHaveLength(2)
  removeOpenTemporaries()
  expect(fs.readdirSync(folder)).toEqual([])
  for (const output of outputs) await rejectionOf('CannotWrite', output.commit())
  expect(fs.readdirSync(folder)).toEqual([])
})

test('two outputs of one name do not meet before commit; the second is refused', async () => {
  const folder = testFolder()
  const [first, second] = [createOutput(join(folder, 'a')), createOutput(join(folder, 'a'))]
  first.write(bytes('first'))
  second.write(bytes('second'))
  await first.commit()
  await rejectionOf('CannotWrite', second.commit())
  expect(fs.readFileSync(join(folder, 'a'), 'utf8')).toBe('first')
})
