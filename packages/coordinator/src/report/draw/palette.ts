/** What is drawn in a colour of its own. */
export type Colour = 'leverage' | 'norm' | 'random' | 'fixed' | 'best' | 'epsilon'

/** Colours of the page, and of what is drawn. */
export type Theme = Readonly<
  Record<Colour | 'background' | 'panel' | 'ink' | 'muted' | 'rule' | 'track', string>
>

/**
 * Text has a contrast of at least 4.5 on the background and on panels; any two colours of `Colour` are at least 0.07 apart in OKLab
 * as people see them who lack red or green cones, too (test/coordinator/report/palette.test.ts).
 */
export const THEMES: Readonly<Record<'light' | 'dark', Theme>> = {
  light: {
    background: '#fcfcfa',
    panel: '#f1f2ef',
    ink: '#1b1e22',
    muted: '#555c65',
    rule: '#d6d9dc',
    track: '#e3e5e6',
    leverage: '#0b63c0',
    norm: '#b34a00',
    random: '#6c7076',
    fixed: '#00563c',
    best: '#1b1e22',
    epsilon: '#7a1f8a',
  },
  dark: {
    background: '#14171b',
    panel: '#1d2227',
    ink: '#e9ebed',
    muted: '#a6aeb7',
    rule: '#363d45',
    track: '#2c3239',
    leverage: '#7cc0ff',
    norm: '#f5a04a',
    random: '#8c939b',
    fixed: '#6fe0b5',
    best: '#e9ebed',
    epsilon: '#e86fd0',
  },
}

/** Five shades of one colour, the least first. */
export const SHADES = [0.38, 0.53, 0.68, 0.84, 1] as const

/** As many that text in ink is read on. */
export const PALE_SHADES = [0.14, 0.22, 0.3, 0.38, 0.46] as const

export const COLOURS = ['leverage', 'norm', 'random', 'fixed', 'best', 'epsilon'] as const

/** The theme as custom properties of CSS. */
export function themeCss(theme: Theme): string {
  return Object.entries(theme)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')
}
