/** What is smaller is written with an exponent, as on the screen (cli/text/number-text.ts). */
const LEAST_PLAIN = 1e-4

/** So near to 1 a share is told as more than so much, not rounded to it: it is not all. */
const [ALMOST_ONE, ALMOST_ONE_TEXT] = [0.9999, 'above 0.9999'] as const

/** A share as a person reads it, and as the commands take it: three decimals, two digits below 0.01; from 0.9995 on four. */
export function share(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1000) return count(Math.round(value))
  if (size < 1 && size >= 0.9995) return value > 0 ? nearOne(value) : value.toFixed(4)
  if (size >= 0.01) return String(Number(value.toFixed(3))) === '1' ? '1' : value.toFixed(3)
  return size >= LEAST_PLAIN ? value.toPrecision(2) : exponent(value.toExponential(1))
}

function nearOne(value: number): string {
  if (value > 1 - 1e-9) return '1'
  return value > ALMOST_ONE ? ALMOST_ONE_TEXT : value.toFixed(4)
}

/** A share beside a bar: what is less than a pixel of a pixel is not told to two digits. */
export function barShare(value: number): string {
  return isNothing(value) ? 'below 1e-6' : share(value)
}

/** A share that is known to `error` (one standard error; 0: exactly), to no more digits than that allows. */
export function estimated(value: number, error: number): string {
  if (error >= 0.005) return value.toFixed(2)
  return value > ALMOST_ONE && value < 1 && error >= 1 - ALMOST_ONE ? value.toFixed(3) : share(value)
}

/** As `estimated`, with the error behind it. */
export function withError(value: number, error: number): string {
  return isKnown(value, error) ? barShare(value) : `${estimated(value, error)} ± ${errorText(value, error)}`
}

/** Whether its error says nothing beside the digits that are told of it. */
export function isKnown(value: number, error: number): boolean {
  return error === 0 || isNothing(value) || (value > ALMOST_ONE && value < 1 && error < 1 - ALMOST_ONE)
}

/** More than nothing, and less than anybody tells apart from it. */
export function isNothing(value: number): boolean {
  return value > 0 && value < 1e-6
}

/** To the digits of the value that it is of; what is less than the last of them to two of its own. */
export function errorText(value: number, error: number): string {
  if (error >= 0.005) return error.toFixed(2)
  return value >= 0.01 && error >= 5e-4 ? error.toFixed(3) : share(error)
}

/** A number as the command takes it, and writes it: 0.05, 1e-6. */
export function plain(value: number): string {
  const digits = Number(value.toPrecision(6))
  const isTiny = digits !== 0 && Math.abs(digits) < LEAST_PLAIN
  return exponent(isTiny ? digits.toExponential() : String(digits))
}

/** A whole number in groups of three. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** '1 key', '2,000 keys'. */
export function counted(value: number, noun: string): string {
  const plural = noun.endsWith('y') && !noun.endsWith('ey') ? `${noun.slice(0, -1)}ies` : `${noun}s`
  return `${count(value)} ${value === 1 ? noun : plural}`
}

/** A coordinate: a tenth of a unit is less than anybody sees. */
export function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** Text between tags, and in attributes between double quotes. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function exponent(text: string): string {
  return text.replace('e+', 'e').replace(/\.0e/, 'e')
}
