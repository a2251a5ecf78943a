// Catches: a name that becomes public or is no longer, a public declaration that names a type which its users cannot
// import, an entry of a package that comes or goes. Cannot catch: a public name whose meaning or type changes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as coordinator from '@levattention/coordinator'
import * as core from '@levattention/core'
import type { Node } from 'typescript/unstable/ast'
import * as is from 'typescript/unstable/ast/is'
import { API, type Project, type Symbol as Name, SymbolFlags } from 'typescript/unstable/sync'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'lev-names-'))
const api = new API({ cwd: folder })
afterAll(() => {
  api.close()
  rmSync(folder, { recursive: true })
})

const declarationsOf = (name: string) => join(root, 'packages', name, 'dist/index.d.ts')
const { program, checker } = opened()

function opened(): Project {
  const config = join(folder, 'tsconfig.json')
  const compilerOptions = {
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    noEmit: true,
  }
  const files = ['core', 'coordinator'].map(declarationsOf)
  writeFileSync(config, JSON.stringify({ compilerOptions, files }))
  return api.updateSnapshot({ openProjects: [config] }).getProjects()[0]
}

const defined = (name: Name) => (name.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name)

function publicNames(packageName: string): readonly Name[] {
  const file = program.getSourceFile(declarationsOf(packageName))
  const entry = file && checker.getSymbolAtLocation(file)
  if (!entry) throw new Error(`${packageName} is not built`)
  return checker.getExportsOfModule(entry)
}

/** Names that a user's program can give a type by. */
const typesOf = (packageName: string) =>
  publicNames(packageName)
    .filter((name) => defined(name).flags & SymbolFlags.Type)
    .map(({ name }) => name)
    .sort()

test('@levattention/core', () => {
  expect(Object.keys(core).sort()).toEqual([
    'KeySummary',
    'LevError',
    'attend',
    'attendWithGradient',
    'concatMatrices',
    'inflateInput',
    'isLevError',
    'matrix',
    'missingRows',
    'openAttentionHeads',
    'openHeads',
    'openMatrix',
    'openUniversalSet',
  ])
  expect(typesOf('core')).toEqual([
    'ArrayIndex',
    'AttendOptions',
    'Attended',
    'AttendedWithGradient',
    'AttentionHeads',
    'AttentionHeadsOptions',
    'DType',
    'Dense',
    'DenseHead',
    'ErrorPlace',
    'ErrorTag',
    'FixedSet',
    'Floats',
    'Gradients',
    'HeadArrays',
    'HeadPlace',
    'Heads',
    'HeadsOptions',
    'HeadsShape',
    'HeavyBatch',
    'InflatedMember',
    'InputName',
    'KeySummary',
    'KeySummaryTerms',
    'LevError',
    'MatrixSource',
    'MissingRows',
    'OpenOptions',
    'ReadProgress',
    'ReadWatch',
    'Remedy',
    'RowPlace',
    'RowRange',
    'Rule',
    'Selection',
    'TokenGrid',
    'UniversalSet',
    'Visibility',
    'Weights',
  ])
})

test('@levattention/coordinator', () => {
  expect(Object.keys(coordinator)).toEqual(['levattention', 'saveUniversalSet'])
  expect(typesOf('coordinator')).toEqual([
    'AttendCall',
    'AttendSources',
    'AttendedRowBatch',
    'CallLimits',
    'CallOptions',
    'Coverage',
    'CoverageCall',
    'CoverageOptions',
    'CoverageSelection',
    'CoverageSources',
    'Curve',
    'CurveOptions',
    'CurvePoint',
    'DesignTerms',
    'Difference',
    'HeadCoverage',
    'HeadIndex',
    'HeadsCall',
    'HeavyAttentionsOptions',
    'KeyFacts',
    'LevAttention',
    'LiveAnswer',
    'LiveOpening',
    'LivePushOptions',
    'LiveQueryOptions',
    'LiveSummary',
    'LiveSummaryBytes',
    'LiveSummaryOptions',
    'LiveSummaryTerms',
    'MergeOptions',
    'MergePart',
    'Progress',
    'RowSample',
    'RowSampleOptions',
    'RuntimeOptions',
    'SaveOptions',
    'ScoreBatch',
    'ScoreKind',
    'ScoresOptions',
    'ScoringOptions',
    'Session',
    'SessionAnswer',
    'SessionOptions',
    'SessionQueryOptions',
    'SkippedHead',
    'SoftmaxBatch',
    'SoftmaxInputs',
    'SoftmaxPairsOptions',
    'Source',
    'Stage',
    'UniversalSetOptions',
    'Verification',
    'VerifyOptions',
    'VerifySources',
    'Warning',
  ])
})

test('the entries of the packages: nothing of the worker is for users but what a bundle copies', () => {
  const entries = (name: string) => {
    const text = readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')
    return Object.keys((JSON.parse(text) as { exports: object }).exports)
  }
  const manifest = './package.json'
  const kernels = ['./kernels.wasm', './kernels-relaxed.wasm']
  const forUsers = (name: string) => entries(name).filter((entry) => !entry.startsWith('./internal'))
  expect(forUsers('core')).toEqual(['.', ...kernels, manifest])
  expect(forUsers('worker')).toEqual(['./actor-entry', './pool-entry', manifest])
  expect(entries('coordinator')).toEqual(['.', manifest])
})

/** What a user hands on without looking into it. */
const OPAQUE = ['SourceSpec']

test('what public declarations name is public', () => {
  const known = ['core', 'coordinator'].flatMap(publicNames).map(defined)
  const hidden = new Set<string>()
  const look = (node: Node): void => {
    if (is.isConstructorDeclaration(node) || isHiddenMember(node)) return
    const named = namedBy(node)
    const name = named && defined(named)
    const own = name?.declarations.filter(({ path }) => /\/packages\/\w+\/dist\//.test(path)) ?? []
    if (name && own.length > 0 && !known.includes(name) && !(name.flags & SymbolFlags.TypeParameter)) {
      // The members of a base are the members of what extends it.
      if (isInHeritage(node)) own.forEach((declaration) => lookAt(declaration.resolve()))
      else hidden.add(name.name)
    }
    lookAt(node)
  }
  const lookAt = (node: Node | undefined) => node?.forEachChild((child) => look(child))
  for (const { declarations } of known) for (const declaration of declarations) lookAt(declaration.resolve())
  expect([...hidden].filter((name) => !OPAQUE.includes(name))).toEqual([])
})

/** The type or value that `node` names. */
function namedBy(node: Node): Name | undefined {
  if (is.isTypeReferenceNode(node)) return checker.getSymbolAtLocation(node.typeName)
  if (is.isExpressionWithTypeArguments(node)) return checker.getSymbolAtLocation(node.expression)
  return is.isTypeQueryNode(node) ? checker.getSymbolAtLocation(node.exprName) : undefined
}

function isInHeritage(node: Node): boolean {
  for (let at: Node | undefined = node; at; at = at.parent) if (is.isHeritageClause(at)) return true
  return false
}

/** Private, or static: nobody can make the classes whose types alone are public. */
function isHiddenMember(node: Node): boolean {
  const { modifiers = [] } = node as { readonly modifiers?: readonly Node[] }
  return modifiers.some((modifier) => ['private', 'static'].includes(modifier.getText()))
}
