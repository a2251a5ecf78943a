// @ts-check
// npm run bench [-- OPTIONS]: `levattention bench` of this working copy, in this process, so that what ends one ends both;
// --help shows its options.
import { pathToFileURL } from 'node:url'
import { COMMAND } from '../test/support/command.mjs'

process.argv.splice(2, 0, 'bench')
await import(pathToFileURL(COMMAND).href)
