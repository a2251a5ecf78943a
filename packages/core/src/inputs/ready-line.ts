import { isTypable, pythonString } from '../files/typed-code.ts'

/** A call that opens an address, and how it was told to read it. */
export interface Opening {
  readonly call: 'openMatrix' | 'openHeads'
  readonly options: Reading & { readonly layout?: string | undefined }
}

/** How arrays that have no rows in place are read: options that `inflateInput` is told as well. */
const OF_READING = ['columns', 'id', 'header', 'missing', 'isBfloat16'] as const
type Reading = { readonly [Name in (typeof OF_READING)[number]]?: string | boolean | undefined }

/**
 * The line that makes ready what `opening` opens, read as it was to be: `inflateInput` and the call itself are told the same. Options that
 * cannot be shown are those of the call, `options`.
 */
export function readyLine({ call, options }: Opening = { call: 'openMatrix', options: {} }): string {
  const given = OF_READING.filter((name) => options[name] !== undefined)
  const isShown = given.every((name) => isTypable(String(options[name])))
  const reading = isShown ? given.map((name) => `${name}: ${literal(options[name])}`) : ['...options']
  const own = options.layout === undefined || !isShown ? [] : [`layout: ${literal(options.layout)}`]
  const third = reading.length === 0 ? '' : `, ${isShown ? `{ ${reading.join(', ')} }` : 'options'}`
  const inflated = `inflated: await inflateInput(address, folder${third})`
  return `\`${call}(address, { ${[...own, ...reading, inflated].join(', ')} })\``
}

/** JavaScript takes Python's strings of one line. */
function literal(value: string | boolean | undefined): string {
  return typeof value === 'string' ? pythonString(value) : String(value)
}
