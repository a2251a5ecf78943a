/** A thread inherits node's flags, but --input-type (node --eval) keeps it from loading a file. */
export function threadFlags(): { execArgv?: string[] } {
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {}
}
