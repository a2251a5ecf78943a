import { LevError, type ErrorPlace } from '../errors/errors.ts'

/** What stands where something else should. */
interface Found {
  /** As in 'at index 3'; absent where the field is one value. */
  readonly where?: string
  readonly value: unknown
  readonly place?: ErrorPlace
}

/** The Content error about a file whose checksum holds and whose `field` cannot be true. */
export function unusable(file: string, field: string, wanted: string, found?: Found): LevError {
  const where = found?.where === undefined ? '' : ` ${found.where}`
  const text = found === undefined ? '' : `, and is ${textOf(found.value)}${where}`
  const message = `${file}: its '${field}' should be ${wanted}${text}; the file is not usable, build it again`
  return new LevError('Content', message, { file, ...found?.place })
}

const MOST_CHARACTERS = 60

function textOf(value: unknown): string {
  const text =
    typeof value === 'string' || (typeof value === 'object' && value !== null)
      ? JSON.stringify(value)
      : String(value)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}
