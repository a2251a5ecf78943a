import type { CoverageSelection } from '../../coverage/coverage-facts.ts'
import { barShare, count, errorText, escaped, estimated, isKnown, share } from '../draw/numbers.ts'
import type { HeadReport } from '../facts/report-facts.ts'
import { errorOf, heldBy, keysText, massOf, NORMS, ownCountOf, selectionsOf } from '../facts/selections.ts'

/** Selections of a head at one number of keys: what they hold, and how far outputs over them are off. '' where none was looked at. */
export function selectionTable({ coverage, isCausal }: HeadReport, keep: number): string {
  const named = [
    ...selectionsOf({ isCausal }).map(({ select, name, colour }) => ({ select, name, colour })),
    { select: 'leverage+local', name: 'leverage + local', colour: 'leverage' },
  ]
  const rows = named.flatMap(({ select, name, colour }) => {
    const held = heldBy(coverage, select, keep)
    return held === undefined ? [] : [rowOf(held, ownCountOf(coverage, select, keep), name, colour)]
  })
  if (rows.length === 0) return ''
  const hasErrors = errorOf(coverage, 'leverage', keep) !== undefined
  const heads = ['mass', '0.05 &ndash; 0.95 of queries', ...(hasErrors ? ['output error'] : [])]
  const note = hasErrors
    ? '<p class="note">Output error: mean of |o &minus; o<sub>full</sub>| / |o<sub>full</sub>|. 1 is as bad as an output of zeros.</p>'
    : '<p class="note">Output errors need <code>--values V</code>.</p>'
  return (
    `<figure data-plot="selections"><figcaption>${escaped(titleOf(coverage, keep))}</figcaption><div>` +
    `<table class="small"><thead><tr><th>${count(keep)} keys</th>${heads.map((head) => `<th>${head}</th>`).join('')}</tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table>${note}</div></figure>`
  )
}

function rowOf(held: CoverageSelection, own: string | undefined, name: string, colour: string): string {
  const { massMean, massQuantiles, outputErrorMean, massDrawSd, massStandardError } = held
  const mass = massMean === null ? '' : massHtml(massMean, massStandardError ?? 0)
  const keys = own === undefined ? '' : ` <small>${own} keys a query</small>`
  const range =
    massQuantiles === null
      ? ''
      : typeof massDrawSd === 'number'
        ? `&plusmn; ${share(massDrawSd)} of draws`
        : `${share(massQuantiles[0])} &ndash; ${share(massQuantiles[4])}`
  const error =
    outputErrorMean === undefined
      ? ''
      : `<td class="n">${outputErrorMean === null ? '' : share(outputErrorMean)}</td>`
  return `<tr><th scope="row" class="t-${colour}">${name}${keys}</th><td class="n">${mass}</td><td class="n">${range}</td>${error}</tr>`
}

function titleOf(coverage: HeadReport['coverage'], keep: number): string {
  const [leverage, random, local] = ['leverage', 'random', 'leverage+local'].map((select) => ({
    mass: massOf(coverage, select, keep),
    error: errorOf(coverage, select, keep),
  }))
  const norms = NORMS.flatMap((select) => {
    const error = errorOf(coverage, select, keep)
    return error === undefined ? [] : [{ select, error }]
  })
  if (
    leverage.error !== undefined &&
    random.error !== undefined &&
    random.error <= Math.min(leverage.error, ...norms.map(({ error }) => error))
  ) {
    const beside = norms.map(({ select, error }) => ` or ${select} (${share(error)})`).join('')
    return `${count(keep)} keys drawn at random give a better output (${share(random.error)} off on average) than those by leverage (${share(leverage.error)})${beside}`
  }
  const [own, both] = ['leverage', 'leverage+local'].map((select) => heldBy(coverage, select, keep))
  // More keys hold more, wherever they lie: how many there are is told beside.
  if (leverage.mass !== undefined && local.mass !== undefined && own && both) {
    const told = (mass: number, { keysPerRow, massStandardError }: CoverageSelection) =>
      `${estimated(mass, massStandardError ?? 0)} with ${keysText(keysPerRow ?? keep)} keys a query`
    return `Leverage holds ${told(leverage.mass, own)}; with the local keys beside ${told(local.mass, both)}`
  }
  return `What ${count(keep)} keys hold, rule by rule`
}

/** The standard error of a sample below its mass: beside it there is no room. */
function massHtml(mass: number, error: number): string {
  return isKnown(mass, error)
    ? barShare(mass)
    : `${estimated(mass, error)} <small>± ${errorText(mass, error)}</small>`
}
