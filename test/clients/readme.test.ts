/** The README's examples, by copy and paste. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { OWN_PROCESS, startServer } from './server.js'

const readme = readFileSync('README.md', 'utf8')

function blocks (language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text)
}

t.test('every curl line gets what it asks for', async (t) => {
  const { url } = await startServer(t, '--speed', '50')
  const lines = blocks('sh').flatMap((text) => text.split('\n')).filter((line) => line.startsWith('curl '))
  t.equal(lines.length, 8)
  for (const line of lines) {
    const headers = Object.fromEntries([...line.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = '', value = '']) => [name, value]))
    const target = / '(http[^']+)'$/.exec(line)?.[1] ?? ''
    const body = / -d '([^']+)'/.exec(line)?.[1]
    const method = / -X (\w+)/.exec(line)?.[1] ?? (body === undefined ? 'GET' : 'POST')
    const reply = await fetch(target.replace('http://127.0.0.1:8080', url), { method, headers, ...(body === undefined ? {} : { body }) })
    t.ok(reply.ok, line)
    t.ok((await reply.text()).length > 0)
  }
})

t.test('every line of the command line does its work', async (t) => {
  const { url } = await startServer(t)
  const lines = blocks('sh').flatMap((text) => text.split('\n')).filter((line) => line.startsWith('pollux '))
  t.equal(lines.length, 4)
  for (const line of lines) {
    const child = spawn(process.execPath, ['dist/cli.js', ...line.split(' ').slice(1)], { env: { ...process.env, POLLUX_URL: url } })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString() })
    const [code] = await once(child, 'close')
    t.equal(code, 0, line)
    t.ok(output.length > 0, line)
  }
})

t.test('the fixture of one\'s own works as printed', OWN_PROCESS, async (t) => {
  const file = join(t.testdir({}), 'connect', 'tasks.json')
  mkdirSync(dirname(file))
  writeFileSync(file, blocks('json')[0] ?? '')
  const { url } = await startServer(t, '--fixtures', t.testdirName, '--speed', '50')
  const reply = await fetch(`${url}/__api__/v1/tasks/MyDeployTask0001?wait=20`, { headers: { authorization: 'Key k' } })
  t.match(await reply.json(), { output: ['Building...'], finished: true, code: 1, error: 'No space left on device' })
})
