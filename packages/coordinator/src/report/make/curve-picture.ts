import { createOutput, LevError } from '@levattention/core/internal'
import type { Job } from '../../job/job.ts'
import { curve, type CurveSummary } from '../../jobs/curve.ts'
import type { KeysOptions } from '../../solve/key-factor.ts'
import { figureSvg } from '../draw/figure.ts'
import { SMALL_SHARE } from '../facts/report-facts.ts'
import { sizePlot } from '../plots/size-plot.ts'

/** As `curve`, drawn to `svg`. Throws as it, and CannotWrite. */
export async function curvePicture(
  options: KeysOptions,
  { svg, force }: { readonly svg: string; readonly force: boolean },
  job: Job,
): Promise<CurveSummary> {
  requireSvgName(svg)
  const summary = await curve({ ...options, out: svg, force }, job)
  const output = createOutput(svg, { force })
  output.write(Buffer.from(curveSvg(summary)))
  await output.commit()
  return summary
}

/** |U| at the dozen epsilons of `summary`, where the line ends at the largest bound. */
export function curveSvg({ curve: points, n = 0, rank, p = 2, maxBound, certificate }: CurveSummary): string {
  const ends = points.map(({ epsilon, universalSize }) => [epsilon, universalSize] as const)
  const last = ends.find(([, size]) => size > 0)
  const atBound =
    last && maxBound !== undefined && maxBound > last[0] ? [[Math.min(1, maxBound), last[1]] as const] : []
  const helping = points.findLast(
    ({ universalSize, universalFraction }) => universalSize > 0 && universalFraction <= SMALL_SHARE,
  )
  return figureSvg(
    sizePlot({
      n,
      noun: 'key',
      points: [...atBound, ...ends],
      helping: helping && { epsilon: helping.epsilon, size: helping.universalSize },
      ...(rank !== undefined && p <= 2 && certificate !== 'ridge' && { total: rank }),
    }),
  )
}

function requireSvgName(svg: string): void {
  if (svg.endsWith('.svg')) return
  throw new LevError('Option', `--svg ${svg}: a picture is a .svg, as in \`--svg curve.svg\``, {
    option: 'svg',
  })
}
