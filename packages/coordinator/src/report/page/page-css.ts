import { FONT, SVG_CSS, THEME_CSS } from '../draw/svg-css.ts'
import { PALE_SHADES, themeCss, THEMES } from '../draw/palette.ts'

const BASE = `*{box-sizing:border-box}html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--background);color:var(--ink);font:16px/1.55 ${FONT};font-variant-numeric:tabular-nums lining-nums}
main{max-width:1176px;margin:0 auto;padding:28px 24px 64px}
h1{font-size:30px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em;text-wrap:balance}h2{font-size:21px;line-height:1.3;margin:52px 0 10px}
h3{font-size:17px;line-height:1.3;margin:0;font-weight:500}p{margin:0 0 12px;max-width:72ch}
a{color:inherit;text-decoration-color:var(--muted);text-underline-offset:3px}
a:focus-visible,summary:focus-visible,th:focus-visible,button:focus-visible{outline:2px solid var(--leverage);outline-offset:2px}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace}
pre{background:var(--panel);padding:10px 12px;white-space:pre-wrap;overflow-wrap:anywhere;margin:0 0 12px}
.sub{color:var(--muted)}.meta{color:var(--muted);font-size:14px;margin-bottom:24px;max-width:none;overflow-wrap:anywhere}p.wide{max-width:none}.nb{white-space:nowrap}
.defs{position:absolute;width:0;height:0}`

const FIGURES = `.answer{display:grid;grid-template-columns:minmax(0,1fr) 360px;gap:40px;align-items:start}
.answer dl{margin:0}.answer dt{font-weight:600;margin:0}.answer dd{margin:0 0 16px;max-width:66ch;overflow-wrap:anywhere}.answer dd b{font-weight:650}
figure{margin:0;min-width:0}figcaption{font-size:15px;line-height:1.35;font-weight:600;margin:0 0 8px;text-wrap:balance}
.note{font-size:13px;line-height:1.45;color:var(--muted);margin:6px 0 0}.plots figure>div{padding-bottom:24px}
svg{display:block;width:100%;height:auto;max-width:376px;overflow:visible}
${SVG_CSS}
.b-ink{background:var(--muted)}
.sw{display:inline-block;width:12px;height:10px;vertical-align:-1px;margin-right:2px}
.sw.square{border:2px solid var(--leverage);height:12px;vertical-align:-2px}.sw.dot{width:9px;height:9px;border-radius:50%;background:var(--fixed);opacity:1}
.plots{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:12px 24px;margin:20px 0 12px}.plots .full{grid-column:1/-1}
@supports (grid-template-rows:subgrid){.plots figure{display:grid;grid-row:span 2;grid-template-rows:subgrid;row-gap:0}}
.tokens{font-size:14px;line-height:1.9;max-width:none;margin:0;overflow-wrap:anywhere}.tokens span{padding:2px 0;border-radius:2px;box-decoration-break:clone;-webkit-box-decoration-break:clone}
${PALE_SHADES.map((shade, level) => `.tokens .s${level}{background:color-mix(in srgb,var(--leverage) ${Math.round(100 * shade)}%,transparent)}`).join('')}
.tokens .most,.sw.under{border-bottom:3px solid var(--fixed)}.sw.under{height:12px}`

const TABLES = `table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:500}td.n,th.r{text-align:right}
table.heads{font-size:14px;line-height:1.3;margin:12px 0 4px}
.heads thead th{font-size:13px;color:var(--muted);vertical-align:bottom;padding:4px 8px 6px;border-bottom:1px solid var(--muted)}
.heads thead th.group{text-align:center;border-bottom:1px solid var(--rule)}
.heads tbody th,.heads td{padding:7px 8px 6px;border-bottom:1px solid var(--rule);vertical-align:top;white-space:nowrap}
.heads tbody th{white-space:normal;overflow-wrap:anywhere}.heads tbody th.nb{white-space:nowrap}sup{line-height:0}.heads tbody th small{display:block;color:var(--muted);font-size:12px}.heads td.win{font-weight:700}
.heads td.m{min-width:78px}.two{display:flex;justify-content:space-between;gap:8px}
.bar{display:block;height:6px;margin-top:4px;background:var(--track);min-width:48px}.bar i{display:block;height:6px;position:relative}
.bar i.over::after{content:"";position:absolute;right:-1px;top:-2px;border:4.5px solid transparent;border-left-color:var(--ink)}
table.small{font-size:14px;line-height:1.3}.small th,.small td{padding:5px 4px;border-bottom:1px solid var(--rule);white-space:nowrap}
.small thead th{font-size:12px;color:var(--muted);vertical-align:bottom;text-align:right;white-space:normal}
.small thead th:first-child,.small thead th.word{text-align:left}.small.few{width:auto}.small.few th,.small.few td{padding-right:28px}.small small{display:block;color:var(--muted);font-size:12px}.small td.word{text-align:left;max-width:9em;overflow:hidden;text-overflow:ellipsis}
button.s{all:unset;cursor:pointer;color:inherit}th[aria-sort] button.s{color:var(--ink);font-weight:650}
th[aria-sort=descending] button.s::after{content:" \\2193"}th[aria-sort=ascending] button.s::after{content:" \\2191"}`

const SECTIONS = `details{border-top:1px solid var(--rule)}details:last-of-type{border-bottom:1px solid var(--rule)}
summary{display:flex;flex-wrap:wrap;gap:2px 16px;align-items:baseline;padding:11px 0;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}summary::before{content:"+";color:var(--muted);width:12px;font-weight:600}
details[open]>summary::before{content:"\\2212"}.sum{color:var(--muted);font-size:14px}details[open]{padding-bottom:28px}
.end{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:28px 40px;font-size:14px}.end section{min-width:0}
details.words{margin-top:36px}.words dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:3px 14px;margin:0;font-size:14px}.words dt{color:var(--muted);max-width:9em}.words dd{margin:0;max-width:72ch}.again{grid-column:span 2}.end h3{font-size:15px;font-weight:600;margin:0 0 6px}.end ul{margin:0;padding-left:18px}
.end dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:3px 14px;margin:0}.end dt{color:var(--muted)}.end dd{margin:0;text-align:right;overflow-wrap:anywhere}`

const NARROW = `@media (max-width:1100px){.heads thead th,.heads tbody th,.heads td{padding-left:5px;padding-right:5px}.heads td.m{min-width:60px}.plots,.end{grid-template-columns:repeat(2,minmax(0,1fr))}.answer{grid-template-columns:minmax(0,1fr)}}
@media screen and (max-width:780px){main{padding:20px 16px 48px}h1{font-size:26px}.plots,.end{grid-template-columns:minmax(0,1fr)}.again{grid-column:auto}
summary{padding:13px 0}.sum{padding-left:28px}.small tbody th{white-space:normal}}
@media screen and (max-width:960px){
.heads thead{display:none}.heads,.heads tbody{display:block}
.heads.sorts thead{display:flex;flex-wrap:wrap;gap:6px;align-items:center;padding:4px 0 12px;border-bottom:1px solid var(--muted)}
.heads.sorts thead::before{content:"Sort by";font-size:13px;color:var(--muted)}.heads.sorts thead tr{display:contents}.heads.sorts thead th{display:block;padding:0;border:0}.heads.sorts thead th.group{display:none}
.heads.sorts button.s{display:inline-block;padding:5px 9px;border:1px solid var(--rule);border-radius:4px;font-size:13px;line-height:1.3}
.heads tr{display:grid;grid-template-columns:repeat(15,minmax(0,1fr));row-gap:7px;padding:12px 0;border-bottom:1px solid var(--rule)}
.heads tbody th,.heads td{display:block;padding:0 8px 0 0;border:0;min-width:0!important}
.heads tbody th{grid-column:span 10;font-size:15px}.heads tbody th small{display:inline}
.heads td{grid-column:span 5}.heads td.n{text-align:left}.heads td.m{order:4}.heads td.size{color:var(--muted);text-align:right;padding:0}
.heads td::before{content:attr(data-l);display:block;font-size:11.5px;line-height:1.25;color:var(--muted);font-weight:500;white-space:nowrap;letter-spacing:-.01em}.heads td.size::before{display:none}
.bar{min-width:0}.two{justify-content:flex-start}}`

const PRINT = `@media print{:root{${themeCss(THEMES.light)}}body{font-size:10.5pt;background:#fff}main{max-width:none;padding:0}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.heads,.heads small,.heads thead th{font-size:7.5pt!important}.heads thead th,.heads tbody th,.heads td{padding:3px 4px!important}.heads td.m,.bar{min-width:0!important}
figure,tr{break-inside:avoid}h2,h3,summary{break-after:avoid}details:not([open]){display:none}a{text-decoration:none}
.plots{grid-template-columns:repeat(2,minmax(0,1fr));gap:18px}.answer{grid-template-columns:minmax(0,1fr)}}`

/** The style of the whole page. */
export const PAGE_CSS = [THEME_CSS, BASE, FIGURES, TABLES, SECTIONS, NARROW, PRINT].join('\n')
