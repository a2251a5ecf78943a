import { nounFor } from '@levattention/core/internal'

/** 1234567 as 1,234,567. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1,234 queries`, `1 query`. */
export function countOf(count: number, noun: string): string {
  return `${countText(count)} ${nounFor(count, noun)}`
}

/** Three digits: 0.00551, 9.08e-6, 42. */
export function numberText(value: number): string {
  const text = String(Number(value.toPrecision(3)))
  // As String() writes what is still smaller.
  return text.startsWith('0.0000') ? value.toExponential(2).replace(/\.?0*e/, 'e') : text
}

/** A share as options take it and pages of `report` show it, a fraction of 1, of three digits. */
export function shareText(share: number): string {
  return numberText(share)
}

/** The same in front of 'of': '1 of the keys' would be one key. */
export function partText(share: number): string {
  return share === 1 ? 'all' : shareText(share)
}

export function secondsText(seconds: number): string {
  if (seconds < 100) return `${Number(seconds.toPrecision(seconds < 1 ? 2 : 3))} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** In powers of 1000. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let value = bytes
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`
}

/** What a search by estimates tells: heavy ones are all among them, but for a chance. */
export const ESTIMATED_PAIRS = 'pairs whose scoreHigh reaches epsilon'

/** `1,234 heavy pairs`, and of estimates what they are. */
export function heavyPairsText(count: number, isEstimate: boolean): string {
  if (!isEstimate) return countOf(count, 'heavy pair')
  return count === 1 ? '1 pair whose scoreHigh reaches epsilon' : `${countText(count)} ${ESTIMATED_PAIRS}`
}
