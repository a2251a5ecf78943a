/** What ZIP archives are that hold no .npy member, by the name of one that each of them has. */
const ARCHIVES: readonly { readonly member: RegExp; readonly what: string }[] = [
  {
    member: /(?:^|\/)data\.pkl$/,
    what: 'a PyTorch file; save its tensor as .safetensors, or as .npy in float32, first',
  },
  { member: /^xl\//, what: 'an Excel workbook; save its numbers as .npy first' },
  { member: /^word\//, what: 'a Word document' },
  { member: /^content\.xml$/, what: 'an OpenDocument file; save its numbers as .npy first' },
  { member: /\.weights\.h5$/, what: 'a Keras model; save its numbers as .npy first' },
  {
    member: /(?:^|\/)\.z(?:array|group)$|(?:^|\/)zarr\.json$/,
    what: 'a Zarr store; save its array as .npy first',
  },
]

/** What an archive is whose members `names` are no arrays, and what to do. */
export function foreignArchive(names: readonly string[]): string {
  const known = ARCHIVES.find(({ member }) => names.some((name) => member.test(name)))
  return (
    known?.what ??
    `an archive without .npy members (it begins with ${names[0]}); save its numbers as .npy first`
  )
}
