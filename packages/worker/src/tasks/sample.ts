import { drawRows, surveyImportances } from '@levattention/core/internal'
import type { MapTask } from '../map-task.ts'

export const importancesTask: MapTask<'importances'> = ({ source, range, factor, rows }, context) =>
  surveyImportances(context.open(source), range, context.kernels, factor, rows)

export const drawTask: MapTask<'draw'> = ({ source, range, factor, scale, seed }, context) =>
  drawRows(context.open(source), range, context.kernels, factor, scale, seed)
