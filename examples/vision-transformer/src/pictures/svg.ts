/** What is drawn, on a card that is light or dark as the reader's page is. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** Colours that stand apart on both grounds and to colour-blind eyes (after Okabe and Ito), by class name. */
const LIGHT = ['#0b62a4', '#b3470c', '#0a7a55', '#8a4f9e', '#6b6b00', '#a3195b', '#4a5560', '#007a99']
const DARK = ['#6bb7f5', '#ff9b5e', '#4fd0a0', '#d19be6', '#d6cf4a', '#ff85b8', '#b4c0cc', '#5cd0ee']

const STYLE = [
  'text{font:12px system-ui,sans-serif;fill:#24292f}',
  '.card{fill:#ffffff}.axis,.frame{stroke:#57606a;fill:none}.rule{stroke:#d0d7de}.quiet{fill:#57606a}',
  '.title{font-weight:600;font-size:14px}',
  ...LIGHT.map((color, i) => `.s${i}{stroke:${color}}.f${i}{fill:${color}}`),
  '@media (prefers-color-scheme: dark){text{fill:#e6edf3}.card{fill:#0d1117}.axis,.frame{stroke:#8b949e}',
  '.rule{stroke:#30363d}.quiet{fill:#9aa4ae}',
  ...DARK.map((color, i) => `.s${i}{stroke:${color}}.f${i}{fill:${color}}`),
  '}',
].join('')

export function picture({ width, height }: Size, title: string, body: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">` +
    `<title>${escaped(title)}</title><style>${STYLE}</style>` +
    `<rect class="card" width="${width}" height="${height}" rx="6"/>${body}</svg>\n`
  )
}

export function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${short(x)}" y="${short(y)}" ${attributes}>${escaped(content)}</text>`
}

export function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return `<line x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}" class="${className}"/>`
}

/** Through [x, y] in pixels. */
export function path(points: readonly (readonly [number, number])[], attributes: string): string {
  const steps = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`)
  return `<path d="${steps.join('')}" fill="none" ${attributes}/>`
}

export function short(value: number): string {
  return String(Number(value.toFixed(1)))
}

function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
