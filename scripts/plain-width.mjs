// @ts-check
// In place of string-width in the command's bundle: yargs measures its help with it, which we print ourselves, and it
// loads tables of Unicode as soon as it is imported.
const plainWidth = (/** @type {string} */ text) => text.length

// As string-width exports it.
// oxlint-disable-next-line import/no-default-export
export default plainWidth
