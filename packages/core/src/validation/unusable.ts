import { LevError } from '../errors/errors.ts'

/**
 * The Content error about a file whose checksum holds and whose `field` cannot be true. `found`: what stands there, where that is
 * told, and where in the field, as in 'at index 3'.
 */
export function unusable(
  file: string,
  field: string,
  wanted: string,
  ...found: [value?: unknown, where?: string]
): LevError {
  const [value, where] = found
  const text = found.length === 0 ? '' : `, and is ${textOf(value)}${where === undefined ? '' : ` ${where}`}`
  const message = `${file}: its '${field}' should be ${wanted}${text}; the file is not usable, build it again`
  return new LevError('Content', message, { file })
}

const MOST_CHARACTERS = 60

function textOf(value: unknown): string {
  const text =
    typeof value === 'string' || (typeof value === 'object' && value !== null)
      ? JSON.stringify(value)
      : String(value)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}
