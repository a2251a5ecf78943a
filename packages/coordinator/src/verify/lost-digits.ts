/** Fewer digits are no sign of a number that was rounded; more are all that float64 has. */
const [FEWEST, MOST] = [3, 15] as const

/** What a message has where a number has lost digits alone. */
export const LOST_DIGITS = 'digits of the file are right'

/**
 * What is said of a number `told` in a file where `own` is right: that it has fewer digits, and these are right, as programs that write a
 * table again may leave it. '' where it is another number.
 */
export function lostDigits(told: number, own: number): string {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(told)) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '').length
  const unit = 10 ** (Number(exponent) - fraction.length)
  // Half a unit, and what float64 makes of it.
  const isRounded = Math.abs(told - own) <= 0.5 * unit * (1 + 1e-6)
  if (digits < FEWEST || digits > MOST || !isRounded) return ''
  return (
    `. The ${digits} ${LOST_DIGITS}, the others were lost when it was saved again: ` +
    "pandas' to_json writes 10 decimals unless double_precision says more, its to_csv as many as float_format has"
  )
}
