/** `fanIn`: an option, or an argument, by its name in the library; the command turns it into its own. */
const NAME = /^[a-z]\w*$/i

/** What node itself says of its warnings. */
const NODES_OWN = 'node --trace-warnings ...'

/** What a message tells a person to type stands between backticks. */
export function codeSpans(message: string): string[] {
  return [...message.matchAll(/`([^`\n]+)`/g)]
    .map(([, span]) => span)
    .filter((span) => !NAME.test(span) && span !== NODES_OWN)
}

/** `span` without what belongs to one case: names of files, numbers. Two spans of one template are one piece of advice. */
export function templateOf(span: string): string {
  return span
    .replaceAll(/'(?:[^'\\]|\\.)*'/g, (text) => (/^'(?:float32|float64|,|;|\\t)'$/.test(text) ? text : 'F'))
    .replaceAll(
      /(?<![\w-])[\w./-]*\.(?:npy|npz|lev|html|parquet|csv|tsv|ndjson|json|safetensors|bin|gz|txt|pt|dat|[fbi]vecs)\b/g,
      'F',
    )
    .replaceAll(/F(?:#[\w.]*)?(?:\[[\d,]+\])?/g, 'F')
    .replaceAll(/(?<=--(?:columns|key-rows|query-rows) )[\d:,]+/g, 'N')
    .replaceAll(/(?<=--(?:run|out) )[\w./-]+/g, 'F')
    .replaceAll(/(?<=[ =(,])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?\b/g, 'N')
}
