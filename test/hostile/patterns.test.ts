/**
 * No regular expression of ours can take for ever, whatever text it is given: judged by recheck, which looks for superlinear
 * backtracking. Those written down are read from the sources, those put together at run time are caught as they are made.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { check } from 'recheck'
import t from 'tap'
import ts from 'typescript'

/** Each check is a process of its own. */
const AT_ONCE = 4

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

interface Written {
  readonly where: string
  readonly source: string
  readonly flags: string
}

/** Regular expressions, and `pattern`s of schemas, as they are written in a file. */
function patternsIn (file: string): Written[] {
  const text = readFileSync(join(SRC, file), 'utf8')
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Written[] = []
  const visit = (node: ts.Node): void => {
    const where = `${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      found.push({ where, source: node.text.slice(1, end), flags: node.text.slice(end + 1) })
    } else if (ts.isPropertyAssignment(node) && node.name.getText() === 'pattern' && ts.isStringLiteral(node.initializer)) {
      found.push({ where, source: node.initializer.text, flags: '' })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

/** Those that our modules make when they are loaded and a server is built. */
async function patternsMade (): Promise<Written[]> {
  const made: Written[] = []
  const Original = globalThis.RegExp
  globalThis.RegExp = new Proxy(Original, {
    construct (Pattern, [source, flags]: [string | RegExp, string | undefined]) {
      const caller = new Error('made').stack ?? ''
      if (/[\\/]src[\\/]/.test(caller.split('\n')[2] ?? '')) made.push({ where: caller.split('\n')[2]?.trim() ?? '', source: String(source instanceof Original ? source.source : source), flags: flags ?? '' })
      return new Pattern(source, flags)
    },
  })
  try {
    const { testConfig } = await import('../world.js')
    const { buildServer } = await import('../../src/server.js')
    await (await buildServer({ config: testConfig() })).close()
  } finally {
    globalThis.RegExp = Original
  }
  return made
}

/** What recheck has against the pattern; undefined when it is safe. */
async function complaintOf ({ where, source, flags }: Written): Promise<string | undefined> {
  const verdict = await check(source, flags, { timeout: 30_000 })
  return verdict.status === 'safe' ? undefined : `${where} /${source}/${flags}: ${verdict.status}, ${'complexity' in verdict ? verdict.complexity?.summary ?? '' : String(verdict.error)}`
}

t.test('every pattern of ours takes time in proportion to the text', { timeout: 110_000 }, async (t) => {
  const written = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).flatMap(patternsIn)
  const made = await patternsMade()
  t.ok(written.length > 150 && made.length > 50, `${written.length} patterns were found in the sources, and ${made.length} as they were made`)
  const distinct = new Map([...written, ...made].map((pattern) => [`${pattern.source} ${pattern.flags}`, pattern]))
  const complaints: string[] = []
  const queue = [...distinct.values()]
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let pattern = queue.pop(); pattern !== undefined; pattern = queue.pop()) {
      const complaint = await complaintOf(pattern)
      if (complaint !== undefined) complaints.push(complaint)
    }
  }))
  t.same(complaints, [], `${distinct.size} different ones`)
})

t.test('the judge is awake', async (t) => {
  t.match(await complaintOf({ where: 'here', source: '^(a+)+$', flags: '' }), /exponential/)
  t.match(await complaintOf({ where: 'here', source: '\\s*$', flags: '' }), /polynomial/)
})
