import type { Floats } from '@levattention/core'

/** -log of the share that softmax of `logits` gives to `label`; its slope into `dLogits`. */
export function crossEntropy(dLogits: Floats, logits: Floats, label: number): number {
  const largest = Math.max(...logits)
  let total = 0
  for (const logit of logits) total += Math.exp(logit - largest)
  logits.forEach((logit: number, i: number) => {
    dLogits[i] = Math.exp(logit - largest) / total - (i === label ? 1 : 0)
  })
  return largest + Math.log(total) - logits[label]
}

/** The class of the largest logit, the first of equals. */
export function likeliest(logits: Floats): number {
  return logits.indexOf(Math.max(...logits))
}
