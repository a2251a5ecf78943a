export { findAddon, type FoundAddon } from './find-addon.ts'
