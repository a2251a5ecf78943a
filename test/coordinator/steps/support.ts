/** Run folders for tests of engines. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Workspace } from '../cli/bin.ts'
import { runHere } from '../cli/in-process.ts'

/** Runs the command; it has to end with `exitCode`. What it says. */
export async function ran(work: Workspace, commandLine: string, exitCode = 0): Promise<string> {
  const [name, ...args] = commandLine.split(' ')
  const found = await runHere(work, name, ...args)
  expect(found.exitCode, found.stderr).toBe(exitCode)
  return found.stdout + found.stderr
}

export function resultBytes(work: Workspace, run: string): Buffer[] {
  return ['universal.lev', 'heavy.npz'].map((name) => readFileSync(work.path(`${run}/result/${name}`)))
}
