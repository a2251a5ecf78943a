import { absorbPass } from './absorb.ts'
import { attendPass } from './attend.ts'
import { clusterSumsTask } from './cluster-sums.ts'
import { columnSumsTask } from './column-sums.ts'
import { distancesTask } from './distances.ts'
import { keyGramPass } from './key-gram.ts'
import { keyNormsTask } from './key-norms.ts'
import { logSumsTask } from './log-sums.ts'
import { momentScoresTask } from './moment-scores.ts'
import { momentsPass } from './moments.ts'
import { ownersTask } from './owners.ts'
import { columnsPass } from './columns.ts'
import { coverageTask } from './coverage.ts'
import { contentTask } from './content.ts'
import { drawTask } from './draw.ts'
import { estimateDrawsPass } from './estimate-draws.ts'
import { exactPass } from './exact.ts'
import { fewRowsTask } from './few-rows.ts'
import { fourthMomentsPass } from './fourth-moments.ts'
import { gramPass } from './gram.ts'
import { importancesPass } from './importances.ts'
import { productsPass } from './products.ts'
import { keyReachPass } from './key-reach.ts'
import type { Pass, RowTask } from './pass.ts'
import { relationsTask } from './relations.ts'
import { restTask } from './rest.ts'
import { ratioPass } from './ratio.ts'
import { refinePass } from './refine.ts'
import { scoresTask } from './scores.ts'
import { selectPass } from './select.ts'
import { selectPrefixPass } from './select-prefix.ts'
import { shardGramsPass } from './shard-grams.ts'
import { sketchPass } from './sketch.ts'
import { softmaxPairsPass } from './softmax-pairs.ts'
import { softmaxRowsPass } from './softmax-rows.ts'
import { softmaxVerifyPass } from './softmax-verify.ts'
import { summarizePass } from './summarize.ts'
import { surveyPass } from './survey.ts'
import { tightenPass } from './tighten.ts'
import { verifyPass } from './verify.ts'
import { weighPass } from './weigh.ts'

/** Every pass over rows. A new one is its file and its line here. */
export const PASSES: readonly Pass<unknown, unknown, unknown>[] = [
  gramPass,
  shardGramsPass,
  summarizePass,
  sketchPass,
  refinePass,
  absorbPass,
  weighPass,
  ratioPass,
  productsPass,
  fourthMomentsPass,
  tightenPass,
  selectPass,
  selectPrefixPass,
  surveyPass,
  importancesPass,
  estimateDrawsPass,
  exactPass,
  columnsPass,
  verifyPass,
  keyReachPass,
  softmaxPairsPass,
  softmaxRowsPass,
  softmaxVerifyPass,
  attendPass,
  keyGramPass,
  momentsPass,
]

/** All that a worker answers about rows. */
export const ROW_TASKS: readonly RowTask<unknown, unknown>[] = [
  ...PASSES,
  scoresTask,
  drawTask,
  contentTask,
  keyNormsTask,
  momentScoresTask,
  distancesTask,
  ownersTask,
  clusterSumsTask,
  logSumsTask,
  relationsTask,
  fewRowsTask,
  restTask,
  columnSumsTask,
  coverageTask,
]
