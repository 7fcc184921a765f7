/** The README's examples, by copy and paste. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { startCli } from './cli.js'

const readme = readFileSync('README.md', 'utf8')

function blocks (language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text)
}

t.test('the three-line test runs as printed, and can fail', async (t) => {
  const { url } = await startCli(t, '--speed', '50')
  const [program = ''] = blocks('js')
  t.equal(program.trim().split('\n').length, 3)
  const run = async (text: string): Promise<string> => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', text.replaceAll('http://127.0.0.1:8080', url)])
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString() })
    await once(child, 'close')
    return errors
  }
  t.equal(await run(program), '')
  t.match(await run(program.replace('000000000001', '000000000002')), /Assertion failed/)
})

t.test('every curl line gets a 200', async (t) => {
  const { url } = await startCli(t, '--speed', '50')
  const lines = blocks('sh').flatMap((text) => text.split('\n')).filter((line) => line.startsWith('curl '))
  t.equal(lines.length, 4)
  for (const line of lines) {
    const headers = Object.fromEntries([...line.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = '', value = '']) => [name, value]))
    const target = / '(http[^']+)'$/.exec(line)?.[1] ?? ''
    const reply = await fetch(target.replace('http://127.0.0.1:8080', url), { headers })
    t.equal(reply.status, 200, line)
    t.ok((await reply.text()).length > 0)
  }
})

t.test('the fixture of one\'s own works as printed', async (t) => {
  const file = join(t.testdir({}), 'connect', 'tasks.json')
  mkdirSync(dirname(file))
  writeFileSync(file, blocks('json')[0] ?? '')
  const { url } = await startCli(t, '--fixtures', t.testdirName, '--speed', '50')
  const reply = await fetch(`${url}/__api__/v1/tasks/MyDeployTask0001?wait=20`, { headers: { authorization: 'Key k' } })
  t.match(await reply.json(), { output: ['Building...'], finished: true, code: 1, error: 'No space left on device' })
})
