#!/usr/bin/env node
// What an older Node cannot load is loaded once it is known to be new enough (`engines` in package.json).
const [major, minor] = process.versions.node.split('.').map(Number)
if (major > 20 || (major === 20 && minor >= 19)) {
  const { main } = await import('../dist/bundle/main.js')
  process.exitCode = await main(process.argv.slice(2))
} else {
  process.stderr.write(`levattention needs Node 20.19 or later; this is ${process.versions.node}\n`)
  process.exitCode = 69
}
