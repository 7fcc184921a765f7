/** No request makes Pollux open a connection: seen from outside, by the system calls that it makes. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { CLI } from '../clients/cli.js'
import { controlCalls } from './control-calls.js'
import { makeThings, vendorCalls, type Send } from './vendor-calls.js'

const LEAST_REQUESTS = 1000
/** Names and addresses that a client may hope to have called; nothing listens there. */
const OUTSIDE = ['http://hook.example.com/x', 'https://203.0.113.7/x', 'http://127.0.0.1:9/x', 'http://169.254.169.254/latest/meta-data/', 'file:///etc/passwd', 'ftp://ftp.example.com/x', '//hook.example.com/x', 'http://[::1]:9/x']

interface Traced {
  /** Ends the traced process: strace itself would only let go of it. */
  readonly stop: (signal: NodeJS.Signals) => void
  /** The `connect` calls of the process and its threads, a line for each. */
  readonly connects: () => string[]
}

/** Why Node can't be run under strace; undefined: it can. */
function whyNot (): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-e', 'trace=connect', '-o', '/dev/null', process.execPath, '-e', ''], { encoding: 'utf8' })
  if (error !== undefined) return 'strace is not installed'
  return status === 0 ? undefined : `strace can't trace here: ${stderr.slice(0, 100)}`
}

function trace (t: Test, name: string, args: readonly string[]): { child: ReturnType<typeof spawn> } & Traced {
  const log = join(tmpdir(), `pollux-${process.pid}-${name}.strace`)
  const child = spawn('strace', ['-f', '--seccomp-bpf', '-e', 'trace=connect', '-o', log, process.execPath, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const stop = (signal: NodeJS.Signals): void => {
    for (const traced of readFileSync(`/proc/${child.pid ?? 0}/task/${child.pid ?? 0}/children`, 'utf8').split(' ').filter((pid) => pid !== '')) process.kill(Number(traced), signal)
  }
  t.teardown(() => {
    if (child.exitCode === null && child.signalCode === null) stop('SIGKILL')
    rmSync(log, { force: true })
  })
  return { child, stop, connects: () => readFileSync(log, 'utf8').split('\n').filter((line) => line.includes('connect(')) }
}

const skip = whyNot()

t.test('a thousand requests of all kinds open no connection', { skip: skip ?? false }, async (t) => {
  const { child, stop, connects } = trace(t, 'server', [CLI, '--port', '0', '--clock', 'frozen'])
  const exited = once(child, 'exit')
  if (child.stdout === null) throw new Error('strace has no output')
  const [line] = await once(createInterface(child.stdout), 'line')
  const { url }: { url: string } = JSON.parse(line)
  let requests = 0
  const send: Send = async ({ method, url: path, headers, payload }) => {
    requests++
    const reply = await fetch(url + path, { method, headers, ...(payload === undefined ? {} : { body: payload }), redirect: 'manual', signal: AbortSignal.timeout(20_000) })
    return { status: reply.status, body: await reply.text() }
  }
  const seen = new Set<number>()
  for (let round = 0; round < 4; round++) {
    const mount = `/sandbox/round${round}`
    const json = { 'content-type': 'application/json' }
    const ids = await makeThings(send, mount)
    const calls = vendorCalls(ids, mount)
    // Whatever in a body or a query may be taken for an address is one, each time another.
    const outside = OUTSIDE.slice(round * 2, round * 2 + 2)
    for (const call of calls) {
      seen.add((await send(call)).status)
      for (const place of outside) {
        if (typeof call.payload !== 'string' || !call.payload.startsWith('{')) continue
        await send({ ...call, payload: call.payload.replace(/https?:\/\/[^"\s]+/g, place).replace(/^\{(?="|\})/, `{"webhookUrl":${JSON.stringify(place)},"callbackUrl":${JSON.stringify(place)}${call.payload === '{}' ? '' : ','}`) })
      }
    }
    for (const place of outside) {
      for (const path of ['/connect/__api__/repo/branches', '/connect/__api__/repo/manifest-dirs', '/cognigy/v2.0/tasks', '/svix/api/v1/background-task', '/nowhere']) {
        await send({ method: 'GET', url: `${mount}${path}?url=${encodeURIComponent(place)}&branch=main`, headers: { authorization: 'Key k', 'x-api-key': 'k', referer: place, 'x-forwarded-host': 'hook.example.com' }, payload: undefined })
      }
    }
    // What tasks bring about, they bring about now.
    await send({ method: 'POST', url: `${mount}/_pollux/clock/advance`, headers: json, payload: '{"by":"1h"}' })
    for (const call of calls.filter(({ method }) => method === 'GET')) await send(call)
    const { body: snapshot } = await send({ method: 'GET', url: `${mount}/_pollux/snapshot`, headers: {}, payload: undefined })
    for (const { operationId, method, path, body } of controlCalls(snapshot)) {
      if (operationId === 'streamEvents') continue
      await send({ method, url: `${mount}/_pollux${path}`, headers: body === undefined ? {} : json, payload: body })
    }
  }
  t.ok(requests >= LEAST_REQUESTS, `${requests} requests`)
  t.ok(seen.has(200) && seen.has(202) && [...seen].every((status) => status < 500), [...seen].join(', '))
  stop('SIGTERM')
  t.equal((await exited)[0], 0)
  t.same(connects(), [])
})

t.test('the judge is awake: a connection that is opened is seen', { skip: skip ?? false }, async (t) => {
  const { child, connects } = trace(t, 'probe', ['-e', "require('net').connect(9, '127.0.0.1').on('error', () => {})"])
  await once(child, 'exit')
  t.match(connects(), [/connect\(.*AF_INET.*127\.0\.0\.1/])
})
