/** The vendor's cookbook as a shell script: curl, tar and a poll until `finished`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { startServer } from './server.js'

/** Without jq: not every machine has it, and every one has sed. JSON is posted as curl does by default, as a form. */
const SCRIPT = `
set -eu
value () { sed -n 's/.*"'"$1"'":"\\{0,1\\}\\([^",}]*\\).*/\\1/p'; }
call () { method=$1 path=$2; shift 2; curl --silent --show-error --fail --max-redirs 0 -b "$DIR/cookies" -c "$DIR/cookies" -X "$method" -H "Authorization: Key $CONNECT_API_KEY" "$@" "$CONNECT_SERVER/__api__/$path"; }
mkdir "$DIR/app"
printf '{"version":1,"metadata":{"appmode":"static","primary_html":"index.html"}}' > "$DIR/app/manifest.json"
echo '<h1>Hello</h1>' > "$DIR/app/index.html"
tar -czf "$DIR/bundle.tar.gz" -C "$DIR/app" .
guid=$(call POST v1/content --data '{"name":"from-a-shell","title":"'"$TITLE"'"}' | value guid)
bundle=$(call POST "v1/content/$guid/bundles" --data-binary @"$DIR/bundle.tar.gz" | value id)
task=$(call POST "v1/content/$guid/deploy" --data '{"bundle_id":"'"$bundle"'"}' | value task_id)
first=0
while :; do
  body=$(call GET "v1/tasks/$task?wait=1&first=$first")
  echo "$body" | sed 's/.*"output":\\[\\([^]]*\\)\\].*/\\1/'
  first=$(echo "$body" | value last)
  if [ "$(echo "$body" | value finished)" = true ]; then break; fi
done
code=$(echo "$body" | value code)
if [ "$code" != 0 ]; then echo "failed: $(echo "$body" | value error)"; exit 1; fi
curl --silent --fail "$CONNECT_SERVER/content/$guid/" > /dev/null
echo "served: $(call GET "v1/content/$guid" | value bundle_id)"
`

async function run (t: Test, title: string): Promise<{ code: number | null, stdout: string, stderr: string }> {
  const { url } = await startServer(t, '--speed', '20')
  const child = spawn('sh', ['-c', SCRIPT], { env: { ...process.env, DIR: t.testdir({}), CONNECT_SERVER: url, CONNECT_API_KEY: 'pollux', TITLE: title } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  const [code] = await once(child, 'close') as [number | null]
  return { code, stdout, stderr }
}

t.test('a script deploys, polls to the end and finds the content served', async (t) => {
  const { code, stdout, stderr } = await run(t, 'Hello')
  t.equal(code, 0, stderr)
  t.match(stdout, /^"Building static content\.\.\."[,\n][^]*"Launching static content\.\.\."\n[^]*served: 2\n$/)
})

t.test('a script that asks for a failure by the title gets it', async (t) => {
  const { code, stdout } = await run(t, 'scenario:deploy-python-fail')
  t.equal(code, 1)
  t.match(stdout, /failed: Content build failed \(Error code: python-package-version-not-available\)\n$/)
})
