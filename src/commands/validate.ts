/**
 * `pollux validate <file…>`: scenario and fixture files, checked without a server.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, Given, Noun } from './verb.js'

export const VALIDATE: Noun = {
  summary: 'check scenario and fixture files, without a server',
  unnamed: '',
  actions: {
    '': { summary: 'Check them; exit code 1 with file, path and reason for each that can\'t be used. A directory stands for its JSON files', args: ['<file or directory>...'], run: validate },
  },
}

interface Verdict {
  readonly file: string
  readonly path?: string
  readonly reason?: string
}

async function validate ({ args }: Given): Promise<Answer> {
  // Loaded here, because no other verb needs what serves the files.
  const [{ checkFixtureFile, FixtureError }, { BUILT_IN_FIXTURES, fixtureFilesOf, registry }] = await Promise.all([import('../fixtures.js'), import('../server.js')])
  const apis = registry.map(({ name }) => name)
  const verdicts = args.flatMap(jsonFiles).map((file): Verdict => {
    try {
      checkFixtureFile(file, BUILT_IN_FIXTURES, apis, fixtureFilesOf(registry))
      return { file }
    } catch (error) {
      if (!(error instanceof FixtureError)) throw error
      return { file: error.file, path: error.path, reason: error.reason }
    }
  })
  return {
    value: verdicts,
    text: verdicts.map(({ file, path, reason }) => reason === undefined ? `${file}: ok` : `${file}${path === '' ? '' : ` at ${path}`}: ${reason}`).join('\n'),
    code: verdicts.some(({ reason }) => reason !== undefined) ? 1 : 0,
  }
}

/** The file itself, or every JSON file below the directory. */
function jsonFiles (path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path]
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')).sort().map((name) => join(path, name))
}
