/**
 * Writes the package's type declarations into dist/types. They stand alone: types that are derived from schemas are
 * written out, with the schemas' descriptions, so that who uses them needs neither the schemas nor their library.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'dist/types')
/** Modules of nothing but types, some derived from modules that aren't shipped. */
const DERIVED = ['client/types.ts', 'start-options.ts']

const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root)
const program = ts.createProgram([join(root, 'src/index.ts')], { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: join(root, 'src'), outDir: out })
const checker = program.getTypeChecker()

/** The module's exported types, those that lean on other modules written out. */
function derived (source) {
  const exported = source.statements.filter((statement) => statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
  return exported.map((statement) => {
    const doc = ts.getJSDocCommentsAndTags(statement).at(-1)
    const text = ts.isTypeAliasDeclaration(statement) && isLeaning(statement)
      ? `export type ${statement.name.text} = ${written(checker.getTypeAtLocation(statement), '')}`
      : statement.getText()
    return `${doc === undefined ? '' : `${doc.getText()}\n`}${text}\n`
  }).join('\n')
}

/** True when the statement names what its module imports or keeps to itself. */
function isLeaning (statement) {
  const isForeign = (node) => {
    const [declaration] = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node)?.declarations ?? [] : []
    return declaration !== undefined && (ts.isImportSpecifier(declaration) || (ts.isTypeAliasDeclaration(declaration) && declaration.getSourceFile() === node.getSourceFile() && declaration.modifiers === undefined))
  }
  return isForeign(statement) || ts.forEachChild(statement, isLeaning) === true
}

/** The type as text, with nothing left to look up; that it may be absent is the property's to say. */
function written (type, indent, isOptional = false) {
  if (type.flags & ts.TypeFlags.Boolean) return 'boolean'
  if (type.isUnion()) {
    const isBoolean = type.types.filter(({ flags }) => flags & ts.TypeFlags.BooleanLiteral).length === 2
    const members = type.types.filter(({ flags }) => !isOptional || !(flags & ts.TypeFlags.Undefined))
    return [...new Set(members.map((member) => isBoolean && member.flags & ts.TypeFlags.BooleanLiteral ? 'boolean' : written(member, indent)))].join(' | ')
  }
  if (checker.isArrayType(type)) return `Array<${written(checker.getTypeArguments(type)[0], indent)}>`
  const properties = type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection) ? checker.getPropertiesOfType(type) : []
  const index = checker.getIndexTypeOfType(type, ts.IndexKind.String)
  if (properties.length === 0) return index === undefined ? checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation) : `Record<string, ${written(index, indent)}>`
  const deeper = `${indent}  `
  const lines = properties.sort((a, b) => placeOf(a) - placeOf(b)).map((property) => {
    const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0
    const description = descriptionOf(property)
    const propertyType = checker.getTypeOfSymbol(property)
    const name = /^[A-Za-z_]\w*$/.test(property.name) ? property.name : `'${property.name}'`
    return `${description === undefined ? '' : `${deeper}/** ${description} */\n`}${deeper}${name}${isOptional ? '?' : ''}: ${written(propertyType, deeper, isOptional)}`
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}

/** Where the property stands in its source. */
function placeOf (property) {
  return declarationOf(property)?.pos ?? 0
}

/** What declares the property; one that a mapped type has renamed knows it only through its origin. */
function declarationOf ({ declarations, links }) {
  return (declarations ?? links?.syntheticOrigin?.declarations)?.[0]
}

/** The `description` of the schema behind a property: in the last argument of its call, or of the call inside `Type.Optional`. */
function descriptionOf (property) {
  const declaration = declarationOf(property)
  let schema = declaration !== undefined && ts.isPropertyAssignment(declaration) ? declaration.initializer : undefined
  while (schema !== undefined && ts.isCallExpression(schema)) {
    const last = schema.arguments.at(-1)
    const given = last !== undefined && ts.isObjectLiteralExpression(last) ? last.properties.find((property) => property.name?.getText() === 'description') : undefined
    if (given !== undefined && ts.isPropertyAssignment(given) && ts.isStringLiteralLike(given.initializer)) return given.initializer.text
    schema = schema.arguments[0]
  }
}

function write (file, text) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

rmSync(out, { recursive: true, force: true })
for (const source of program.getSourceFiles()) {
  const name = relative(join(root, 'src'), source.fileName)
  if (DERIVED.includes(name)) write(join(out, name.replace(/\.ts$/, '.d.ts')), derived(source))
  else if (name === 'index.ts' || name.startsWith('client/')) program.emit(source, write, undefined, true)
}

// What is shipped is checked by itself, with no library but the language's.
const shipped = ts.createProgram([join(out, 'index.d.ts')], { strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, lib: ['lib.es2022.d.ts'], types: [] })
const complaints = ts.getPreEmitDiagnostics(shipped)
if (complaints.length > 0) {
  process.stderr.write(ts.formatDiagnostics(complaints, { getCurrentDirectory: () => root, getCanonicalFileName: (name) => name, getNewLine: () => '\n' }))
  process.exitCode = 1
}
