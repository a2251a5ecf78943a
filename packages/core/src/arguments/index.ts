export { requireBytes, requireFloats } from './floats.ts'
export { kindOf, shown } from './kind-of.ts'
export {
  ANY,
  CALLBACK,
  countFrom,
  FLAG,
  NUMBER,
  oneOf,
  type OptionKind,
  type OptionKinds,
  SIGNAL,
} from './option-kinds.ts'
export { requireOptions } from './require-options.ts'
export { type OptionName, optionText } from './option-text.ts'
