/** The vendor's own Python clients, as pip installs them, against the built server. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startServer } from './server.js'
import { bundleOf } from './connect-exchange.js'
import { pythonWith } from './python.js'

const SPEED = ['--speed', '20']

t.test('rsconnect-python deploys a page: a draft, a look at it, and the page itself', async (t) => {
  const python = await pythonWith(t, ['rsconnect-python==1.32.0'])
  if (python === undefined) return
  const { url } = await startServer(t, ...SPEED)
  const directory = t.testdir({ page: { 'index.html': '<h1>Hello</h1>' } })
  const rsconnect = (...args: string[]) => python.call('rsconnect', args, { HOME: directory, CONNECT_SERVER: url, CONNECT_API_KEY: 'pollux', NO_COLOR: '1' })
  const { code, stdout, stderr } = await rsconnect('deploy', 'html', '--title', 'Hello', join(directory, 'page'))
  t.equal(code, 0, stdout + stderr)
  const told = stdout + stderr
  t.match(told, /Building static content\.\.\.[^]*Launching static content\.\.\.[^]*Draft content URL: [^]*Verifying deployed content[^]*Activating deployed content[^]*Launching static content\.\.\.[^]*Deployment completed successfully/)
  const [content] = await (await fetch(`${url}/__api__/v1/content`, { headers: { authorization: 'Key pollux' } })).json() as Array<{ guid: string, title: string, app_mode: string, bundle_id: string }>
  t.match(content, { title: 'Hello', app_mode: 'static', bundle_id: '2' })
  t.match(told, `Direct content URL: ${url}/content/${content?.guid}/`)

  const again = await rsconnect('deploy', 'html', '--title', 'Hello', join(directory, 'page'))
  t.equal(again.code, 0, 'the same content again')
  const failed = await rsconnect('deploy', 'html', '--new', '--title', 'scenario:deploy-python-fail', join(directory, 'page'))
  t.not(failed.code, 0)
  for (const told of [/\(build-failed-error\)/, /Error from Connect server: Content build failed \(Error code: python-package-version-not-available\)/, /Task exited with status 1/]) t.match(failed.stdout + failed.stderr, told)
})

t.test('rsconnect-python deploys an application with its variables, from a repository, and deletes a cache', async (t) => {
  const python = await pythonWith(t, ['rsconnect-python==1.32.0'])
  if (python === undefined) return
  const { url } = await startServer(t, ...SPEED)
  const directory = t.testdir({ app: { 'main.py': 'from fastapi import FastAPI\napp = FastAPI()\n', 'requirements.txt': 'fastapi==0.115.0\n', '.python-version': '3.11\n' } })
  const rsconnect = (...args: string[]) => python.call('rsconnect', args, { HOME: directory, CONNECT_SERVER: url, CONNECT_API_KEY: 'pollux' })
  const app = await rsconnect('deploy', 'fastapi', '--title', 'My API', '--entrypoint', 'main:app', '-E', 'REGION=north', join(directory, 'app'))
  t.equal(app.code, 0, app.stdout + app.stderr)
  t.match(app.stdout + app.stderr, /Building FastAPI application\.\.\.[^]*Launching FastAPI application\.\.\./)
  const git = await rsconnect('deploy', 'git', '--repository', 'https://example.test/r', '--title', 'From git')
  t.equal(git.code, 0, git.stdout + git.stderr)
  const cache = await rsconnect('system', 'caches', 'delete', '--language', 'Python', '--version', '3.11.3', '--image-name', 'Local')
  t.equal(cache.code, 0, cache.stdout + cache.stderr)
  t.match(cache.stdout + cache.stderr, /Deleting runtime cache\.\.\.[^]*Runtime cache deleted\./)
})

const SDK = `
import sys
from posit import connect
client = connect.Client(sys.argv[1], "pollux")
print(client.me["username"], client.version)
content = client.content.create(name="from-the-sdk", title="From the SDK")
bundle = content.bundles.create(sys.argv[2])
print("uploaded", bundle["id"], bundle["active"])
task = content.deploy()
task.wait_for()
print("deployed", task.is_finished, task.error_code, len(task["output"]))
content.update()
print("serving", content["bundle_id"], content["app_mode"], content.bundles.get(bundle["id"])["active"])
content.restart()
print("variables", content.environment_variables.find())
report = client.content.create(name="report")
report.update(app_mode="rmd-static")
render = report.render()
render.wait_for()
print("rendered", render["output"][0])
content.update(title="scenario:failure")
failed = bundle.deploy()
failed.wait_for()
print("failed", failed.error_code, failed.error_message)
cache = client.system.caches.runtime.destroy(language="R", version="4.3.0", image_name="Local", dry_run=False)
cache.wait_for()
print("caches", [one["language"] for one in client.system.caches.runtime.find()])
report.create_repository(repository="https://example.test/r", branch="main")
report.repository.update(branch="dev")
print("branch", report.repository["branch"])
report.repository.destroy()
content.delete()
print("left", len(client.content.find()))
`

t.test('posit-sdk creates, uploads, deploys, waits, restarts and renders', async (t) => {
  const python = await pythonWith(t, ['posit-sdk==0.17.0'])
  if (python === undefined) return
  const { url } = await startServer(t, ...SPEED)
  const directory = t.testdir({})
  mkdirSync(directory, { recursive: true })
  const archive = join(directory, 'bundle.tar.gz')
  writeFileSync(archive, bundleOf('python-fastapi'))
  const { code, stdout, stderr } = await python.run(SDK, [url, archive])
  t.equal(code, 0, stderr)
  t.strictSame(stdout.trim().split('\n'), [
    'ada 2026.04.0',
    'uploaded 2 False',
    'deployed True 0 11',
    'serving 2 python-fastapi True',
    'variables []',
    'rendered Rendering report...',
    'failed 1 Content build failed (Error code: python-package-version-not-available)',
    'caches [\'Python\']',
    'branch dev',
    'left 1',
  ])
})
