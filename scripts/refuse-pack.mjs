// @ts-check
// prepack of the packages: their manifests name workspace: and catalog: versions, which are of use here alone.
console.error('The packages are packed together, by `npm run pack` in the root of the repository')
process.exitCode = 1
