// Catches: text that is hard to read, colours that some readers cannot tell apart. Independent of the product: contrast by WCAG 2.1, distance
// in OKLab (Ottosson 2020), reduced sight by Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
import { COLOURS, PALE_SHADES, THEMES } from '#coordinator/report/draw/palette'
import { describe, expect, test } from 'vitest'

type Triple = readonly [number, number, number]

const SIGHT: Readonly<Record<string, readonly Triple[]>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
}

function linear(hex: string): Triple {
  const part = (at: number) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }
  return [part(1), part(3), part(5)]
}

function times(matrix: readonly Triple[], [a, b, c]: Triple): Triple {
  const row = (i: number) => matrix[i][0] * a + matrix[i][1] * b + matrix[i][2] * c
  return [row(0), row(1), row(2)]
}

function luminance(hex: string): number {
  const [r, g, b] = linear(hex)
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

function oklab(hex: string, sight: readonly Triple[]): Triple {
  const seen = times(sight, linear(hex)).map((c) => Math.min(1, Math.max(0, c))) as unknown as Triple
  const cone = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    seen,
  ).map(Math.cbrt) as unknown as Triple
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cone,
  )
}

/** `over` at an opacity on `under`. */
function mixed(over: string, under: string, opacity: number): string {
  const part = (at: number) => {
    const [a, b] = [over, under].map((hex) => parseInt(hex.slice(at, at + 2), 16))
    return Math.round(a * opacity + b * (1 - opacity))
      .toString(16)
      .padStart(2, '0')
  }
  return `#${part(1)}${part(3)}${part(5)}`
}

describe.each(Object.entries(THEMES))('%s', (_, theme) => {
  test('text has a contrast of at least 4.5', () => {
    for (const name of [...COLOURS, 'ink', 'muted'] as const)
      expect(contrast(theme[name], theme.background), name).toBeGreaterThanOrEqual(4.5)
    for (const name of ['ink', 'muted'] as const)
      expect(contrast(theme[name], theme.panel), name).toBeGreaterThanOrEqual(4.5)
  })

  test('ink is read on every pale shade, and the background on a full bar', () => {
    for (const name of ['leverage', 'norm'] as const)
      for (const shade of PALE_SHADES)
        expect(
          contrast(theme.ink, mixed(theme[name], theme.background, shade)),
          `${name} ${shade}`,
        ).toBeGreaterThanOrEqual(4.5)
    for (const name of ['leverage', 'fixed'] as const)
      expect(contrast(theme.background, theme[name])).toBeGreaterThanOrEqual(4.5)
  })

  test.each(Object.entries(SIGHT))('colours are at least 0.07 apart: %s', (_sight, matrix) => {
    for (const a of COLOURS)
      for (const b of COLOURS.slice(0, COLOURS.indexOf(a))) {
        const [x, y] = [oklab(theme[a], matrix), oklab(theme[b], matrix)]
        expect(Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]), `${a}, ${b}`).toBeGreaterThanOrEqual(0.07)
      }
  })
})
