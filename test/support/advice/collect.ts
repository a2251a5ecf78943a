/**
 * Vitest's set-up of every test file: every LevError made in this process is looked at for what it tells people to type. The
 * packages know nothing of it: an error of theirs is an Error, and here that is one that keeps its message.
 */
import { appendFileSync } from 'node:fs'
import { LevError } from '@levattention/core/internal'
import { codeSpans, templateOf } from './spans.ts'

const folder = process.env.LEV_ADVICE_FOLDER
const seen = new Set<string>()

/** Notes what `message` tells people to type. */
export function collect(message: string): void {
  for (const span of codeSpans(message)) {
    const template = templateOf(span)
    if (seen.has(template)) continue
    seen.add(template)
    if (folder !== undefined)
      appendFileSync(`${folder}/given-${process.pid}`, `${JSON.stringify({ template, message })}\n`)
  }
}

class Collected extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
    collect(message ?? '')
  }
}

Object.setPrototypeOf(LevError, Collected)
