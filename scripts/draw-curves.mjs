// @ts-check
// Draws docs/universal-set.svg, the README's picture, from what `levattention curve` says of the example data.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeSensorWindows } from './sensor-windows.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const WIDTH = 760
const HEIGHT = 400
const AREA = { left: 70, right: 560, top: 56, bottom: 340 }
const EPSILONS = [1e-4, 1e-3, 1e-2, 1e-1, 1]
const SHARES = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]

/**
 * @typedef {object} Series
 * @property {string} colour
 * @property {readonly string[]} label
 * @property {ReturnType<typeof curve>} summary
 */

const x = (/** @type {number} */ epsilon) =>
  AREA.left + ((Math.log10(epsilon) + 4) / 4) * (AREA.right - AREA.left)
const y = (/** @type {number} */ share) =>
  AREA.bottom - ((Math.log10(share) + 5) / 5) * (AREA.bottom - AREA.top)
const round = (/** @type {number} */ value) => value.toFixed(1)

/**
 * @param {string[]} args
 * @returns {{ maxBound: number, curve: { epsilon: number, universalSize: number, universalFraction: number }[] }}
 */
function curve(...args) {
  const command = join(root, 'packages/coordinator/bin/levattention.mjs')
  return JSON.parse(
    execFileSync(process.execPath, [command, 'curve', ...args, '--json', '--quiet'], {
      cwd: root,
      encoding: 'utf8',
    }),
  )
}

/**
 * A line through the points with keys; where no key is left it drops to the axis at the largest bound.
 * @param {Series} series
 * @param {number} index
 */
function line({ label, colour, summary }, index) {
  const points = summary.curve.filter(({ universalSize }) => universalSize > 0)
  const path = points.map(
    ({ epsilon, universalFraction }) => `${round(x(epsilon))},${round(y(universalFraction))}`,
  )
  const first = points[0]
  const end =
    first.epsilon < 0.5
      ? [
          `${round(x(summary.maxBound))},${round(y(first.universalFraction))}`,
          `${round(x(summary.maxBound))},${AREA.bottom}`,
        ]
      : []
  const dots = points.map(
    ({ epsilon, universalFraction }) =>
      `<circle cx="${round(x(epsilon))}" cy="${round(y(universalFraction))}" r="3" fill="${colour}"/>`,
  )
  const top = AREA.top + 24 + index * 62
  const words = label.map(
    (text, i) =>
      `<text x="${AREA.right + 36}" y="${top + i * 16}" ${i === 0 ? 'font-weight="600"' : ''}>${text}</text>`,
  )
  return [
    `<polyline points="${[...end.reverse(), ...path].join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...dots,
    `<line x1="${AREA.right + 14}" x2="${AREA.right + 30}" y1="${top - 4}" y2="${top - 4}" stroke="${colour}" stroke-width="3"/>`,
    ...words,
  ].join('\n')
}

/**
 * What the drops mean, below the legend.
 * @param {number} top
 */
function note(top) {
  const lines = [
    'A line drops where epsilon',
    'passes the largest share that',
    'any key can ever take: from',
    'there on no key is left.',
  ]
  return lines
    .map((text, i) => `<text x="${AREA.right + 14}" y="${top + i * 16}" fill="#555">${text}</text>`)
    .join('\n')
}

/** As commands write it: with an exponent below 1e-4. */
const fraction = (/** @type {number} */ share) => (share < 1e-4 ? share.toExponential() : `${share}`)

function axes() {
  const columns = EPSILONS.map(
    (epsilon) =>
      `<line x1="${round(x(epsilon))}" x2="${round(x(epsilon))}" y1="${AREA.top}" y2="${AREA.bottom}" stroke="#ddd"/>` +
      `<text x="${round(x(epsilon))}" y="${AREA.bottom + 18}" text-anchor="middle">${epsilon}</text>`,
  )
  const rows = SHARES.map(
    (share) =>
      `<line x1="${AREA.left}" x2="${AREA.right}" y1="${round(y(share))}" y2="${round(y(share))}" stroke="#ddd"/>` +
      `<text x="${AREA.left - 8}" y="${round(y(share) + 4)}" text-anchor="end">${fraction(share)}</text>`,
  )
  return [...columns, ...rows].join('\n')
}

const folder = mkdtempSync(join(tmpdir(), 'lev-curves-'))
try {
  const sensors = join(folder, 'sensors.npy')
  writeSensorWindows(sensors)
  const series = [
    { colour: '#1b6ca8', label: ['Sensor windows', '18,700 x 32'], summary: curve(sensors) },
    {
      colour: '#c0571b',
      label: ['Text encoder head', '29,952 x 64'],
      summary: curve('examples/data/use-lite/keys-*.npy', '--concat'),
    },
    {
      colour: '#3a8a4d',
      label: ['OCR head (short)', '512 x 15'],
      summary: curve('examples/data/ocr/keys.npy'),
    },
  ]
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${AREA.left}" y="24" font-size="15" font-weight="600">How many keys can ever take a share epsilon of some query's |q·k|² attention?</text>
<text x="${AREA.left}" y="42">universal set as a share of all keys, 1: all (log)</text>
${axes()}
${series.map(line).join('\n')}
${note(AREA.top + 24 + series.length * 62)}
<text x="${(AREA.left + AREA.right) / 2}" y="${AREA.bottom + 40}" text-anchor="middle">epsilon, as --epsilon takes it: share of a query's attention (log)</text>
</svg>
`
  writeFileSync(join(root, 'docs/universal-set.svg'), svg)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
