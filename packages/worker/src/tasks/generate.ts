import { plantedKeys, plantedQueries } from '@levattention/core/internal'
import type { MapTask } from '../map-task.ts'

export const generateTask: MapTask<'generate'> = ({ model, part, range }) =>
  part === 'keys' ? plantedKeys(model, range) : plantedQueries(model, range)
