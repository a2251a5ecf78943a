export { LevError, isLevError, type ErrorTag, type ErrorPlace } from './errors.ts'
