import { LevError } from '@levattention/core/internal'
import { DEFAULT_SELECT, parseSelections } from '../../problem/covered-select.ts'
import {
  choiceOption,
  countOption,
  flagOption,
  parseNumber,
  shareOption,
  type ValueOption,
} from './option.ts'

/** Which selections are compared, and by which queries. */
export const coverageOptions = {
  attention: choiceOption(['softmax'], 'What is measured; the one that there is'),
  select: selectListOption(),
  keep: keepListOption(),
  heavy: shareOption('E', 'A pair is heavy that takes this share of its query’s attention; default 0.01'),
  sample: countOption('N', 'Judge N queries, drawn without replacement by --seed; default: all'),
  holdout: flagOption('Rules read even queries, and all are judged by odd ones'),
}

/** RULE,RULE,… */
function selectListOption(): ValueOption<readonly string[]> {
  return {
    kind: 'value',
    isList: true,
    placeholder: 'RULE,…',
    description:
      `Default ${DEFAULT_SELECT.join(',')}; also query-moments, sampled-queries, kmeans, a .npy of scores; +local, +sinks, +rest behind any; ` +
      'local, sinks, local+sinks: no rule. best: the N largest of each query',
    parse(text) {
      const texts = text.split(',').map((one) => one.trim())
      parseSelections(texts)
      return texts
    },
  }
}

/** N,N,… */
function keepListOption(): ValueOption<readonly number[]> {
  return {
    kind: 'value',
    isList: true,
    placeholder: 'N,…',
    description: 'Numbers of keys that each rule keeps; default 8,16,32,64, those of them that there are',
    parse(text, name) {
      return text.split(',').map((part) => {
        const count = parseNumber(part.trim(), name, 32)
        if (Number.isSafeInteger(count) && count >= 1) return count
        const message = `--${name} has ${part.trim()}; it is whole numbers of at least 1, as in \`--${name} 8,16,32\``
        throw new LevError('Option', message, { option: name })
      })
    },
  }
}
