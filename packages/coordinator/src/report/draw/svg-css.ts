import { COLOURS, themeCss, THEMES } from './palette.ts'

export const FONT = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif'

/** Both themes, as the reader's system has it. */
export const THEME_CSS = `:root{color-scheme:light dark;${themeCss(THEMES.light)}}
@media (prefers-color-scheme:dark){:root{${themeCss(THEMES.dark)}}}`

const ofColour = (name: string): string =>
  `.ln.${name}{stroke:var(--${name})}.f-${name}{fill:var(--${name})}.t-${name}{fill:var(--${name})!important;color:var(--${name})!important}.b-${name}{background:var(--${name})}`

/** What stands in a drawing, by its class. */
export const SVG_CSS = `svg text{font:12px ${FONT};fill:var(--ink);font-variant-numeric:tabular-nums}
svg .title{font-size:15px;font-weight:600}svg .note{font-size:13px;fill:var(--muted)}
svg .tick{font-size:11px;fill:var(--muted)}svg .lab{fill:var(--muted)}svg .b{font-weight:650}svg .cell{font-size:11px}
svg .halo{paint-order:stroke;stroke:var(--background);stroke-width:4px;stroke-linejoin:round}
.grid{stroke:var(--rule);stroke-width:1;fill:none;opacity:.7}.axis,.guide{stroke:var(--muted);stroke-width:1;fill:none}
.lead{stroke:var(--muted);stroke-width:.8;fill:none}.frame{fill:none;stroke:var(--rule)}.void{fill:var(--track);opacity:.55}.veil{fill:var(--background);opacity:.42}
.ln{fill:none;stroke-width:1.8;stroke-linejoin:round}.ln.thick{stroke-width:3}.ln.leverage{stroke-width:2.6}
.ln.ink{stroke:var(--ink)}.ln.muted{stroke:var(--muted);stroke-width:1.2}.ln.epsilon{stroke-width:1.6}
.dot{fill-opacity:.5}.f-bars{fill:var(--muted);opacity:.75}.t-ink{fill:var(--ink)}svg .t-background{fill:var(--background)}svg .t-muted{fill:var(--muted)}
.mark-open{fill:var(--background);stroke:var(--leverage);stroke-width:2}.mark-leverage{fill:none;stroke:var(--leverage);stroke-width:2}.mark-fixed{fill:var(--fixed);stroke:var(--background);stroke-width:1}
${COLOURS.map(ofColour).join('\n')}`
