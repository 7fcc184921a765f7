/** Uploads in every form that clients send, and what becomes of them (contract 6, 7.1, 7.2 and 7.4). */
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import t, { type Test } from 'tap'
import { archiveFor, badGuid, BAD_JSON, connectWorld, KEYS, KNOWN, NOT_YOURS, NO_SUCH_GUID, ROLE_TOO_LOW, UNKNOWN, type ConnectWorld } from './connect-world.js'
import { testWorld } from '../../world.js'

const ARCHIVE = archiveFor('static')
const MD5 = createHash('md5').update(ARCHIVE).digest()
const SHA1 = createHash('sha1').update(ARCHIVE).digest('hex')

async function withContent (t: Test, options: object = {}, key = 'k'): Promise<{ world: ConnectWorld, guid: string, url: string }> {
  const world = await connectWorld(t, { ...options })
  const { guid } = (await world.call('POST /v1/content', { name: 'my-app' }, key)).json()
  return { world, guid, url: `/__api__/v1/content/${guid}/bundles` }
}

/** A form with these parts: file name and type are left out of what is no file. */
function formOf (parts: ReadonlyArray<readonly [name: string, content: Buffer | string, file?: { name?: string, type: string }]>, end = '--\r\n'): Buffer {
  const chunks = parts.flatMap(([name, content, file]) => [
    Buffer.from(`--bnd\r\nContent-Disposition: form-data; name="${name}"${file?.name === undefined ? '' : `; filename="${file.name}"`}\r\n${file === undefined ? '' : `Content-Type: ${file.type}\r\n`}\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...chunks, Buffer.from(`--bnd${end}`)])
}

t.test('a bundle is told as recorded', async (t) => {
  const { world, guid, url } = await withContent(t)
  const reply = await world.get(url, { method: 'POST', payload: ARCHIVE })
  t.equal(reply.statusCode, 200)
  t.equal(reply.body, `{"id":"2","content_guid":"${guid}","created_time":"2026-11-22T12:00:00Z","cluster_name":"Local","image_name":"Local","r_version":null,"r_environment_management":null,"py_version":null,"py_environment_management":null,"quarto_version":null,"active":false,"size":${ARCHIVE.length},"metadata":{"source":null,"source_repo":null,"source_branch":null,"source_commit":null,"archive_md5":"${MD5.toString('hex')}","archive_sha1":"${SHA1}"}}`)
  t.equal((await world.get(`${url}/2`)).body, reply.body)
  t.equal((await world.get(url)).body, `[${reply.body}]`)
})

t.test('raw bytes are taken under any content type', async (t) => {
  const { world, url } = await withContent(t)
  for (const type of [undefined, 'application/x-gzip', 'application/gzip', 'application/x-www-form-urlencoded', 'application/x-tar', 'application/json', 'text/plain', ';;;', 'nonsense', '']) {
    const reply = await world.get(url, { method: 'POST', headers: { ...KNOWN, ...(type === undefined ? {} : { 'content-type': type }) }, payload: ARCHIVE })
    t.equal(reply.statusCode, 200, type ?? 'none')
    t.match(reply.json(), { size: ARCHIVE.length, metadata: { archive_md5: MD5.toString('hex'), archive_sha1: SHA1 } })
  }
})

t.test('chunks without a content type are taken over a real connection', async (t) => {
  const { world, url } = await withContent(t)
  const { port } = new URL((await world.listen()).url)
  const body = await new Promise<string>((resolve, reject) => {
    const sending = request({ port, path: url, method: 'POST', headers: KNOWN }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('end', () => { resolve(text) })
    }).on('error', reject)
    for (let at = 0; at < ARCHIVE.length; at += 100) sending.write(ARCHIVE.subarray(at, at + 100))
    sending.end()
  })
  t.match(JSON.parse(body), { size: ARCHIVE.length, metadata: { archive_md5: MD5.toString('hex') } })
})

t.test('a form holds the archive and tells where it comes from', async (t) => {
  const { world, url } = await withContent(t)
  const headers = { ...KNOWN, 'content-type': 'multipart/form-data; boundary=bnd' }
  const archive = ['archive', ARCHIVE, { name: 'bundle.tar.gz', type: 'application/x-tar' }] as const
  const send = (payload: Buffer, type = headers['content-type']) => world.get(url, { method: 'POST', headers: { ...headers, 'content-type': type }, payload })
  const whole = { source: 'git', source_repo: 'https://example.test/r', source_branch: 'main', source_commit: 'abc' }
  for (const parts of [[archive, ['metadata', JSON.stringify({ ...whole, more: 1 })]], [['metadata', JSON.stringify(whole)], ['other', 'x'], ['attached', 'y', { name: 'y.bin', type: 'application/octet-stream' }], ['archive', ARCHIVE, { type: 'application/x-tar' }]]] as const) {
    const reply = await send(formOf(parts))
    t.equal(reply.statusCode, 200)
    t.match(reply.json(), { size: ARCHIVE.length, metadata: { ...whole, archive_md5: MD5.toString('hex') } })
  }
  t.match((await send(formOf([archive, ['metadata', '{"source":"git"}']]))).json(), { metadata: { source: 'git', source_repo: null, source_branch: null, source_commit: null } })
  t.match((await send(formOf([archive]))).json(), { metadata: { source: null } })
  const large = Buffer.alloc(3_000_000, 'x')
  t.match((await send(formOf([['archive', large, { name: 'b', type: 'application/x-tar' }], ['metadata', '{}']]))).json(), { size: 3_000_000 })

  for (const text of ['', '{', '[]', 'null', '{"source":1}']) {
    const reply = await send(formOf([archive, ['metadata', text]]))
    t.strictSame([reply.statusCode, reply.body], [400, BAD_JSON], text)
  }
  const empty = [400, '{"code":125,"error":"Content-Length cannot be 0.","payload":null}']
  for (const parts of [[['metadata', '{}']], [['archive', '', { name: 'b', type: 'application/x-tar' }]]] as const) {
    const reply = await send(formOf(parts))
    t.strictSame([reply.statusCode, reply.body], empty)
  }
  const unreadable = [400, '{"code":87,"error":"The request body cannot be parsed","payload":null}']
  for (const [name, reply] of [['no boundary', await send(formOf([archive]), 'multipart/form-data')], ['another boundary', await send(formOf([archive]), 'multipart/form-data; boundary=else')], ['cut off', await send(formOf([archive]).subarray(0, 150))]] as const) {
    t.strictSame([reply.statusCode, reply.body], unreadable, name)
  }
  t.equal((await world.get(url)).json().length, 5, 'what was refused is not there')
})

t.test('nothing is no bundle', async (t) => {
  const { world, url } = await withContent(t)
  for (const more of [{}, { payload: '' }, { payload: Buffer.alloc(0), headers: { ...KNOWN, 'content-type': 'application/gzip', 'content-length': '0' } }]) {
    const reply = await world.get(url, { method: 'POST', ...more })
    t.strictSame([reply.statusCode, reply.body], [400, '{"code":125,"error":"Content-Length cannot be 0.","payload":null}'])
  }
})

t.test('a checksum is the MD5 sum of the whole body, in base64 or hex', async (t) => {
  const { world, url, guid } = await withContent(t)
  const wrong = '{"code":104,"error":"The content checksum header and body MD5 sum are not equal.","payload":null}'
  const send = (checksum: string, target = url, payload = ARCHIVE) => world.get(target, { method: 'POST', headers: { ...KNOWN, 'x-content-checksum': checksum }, payload })
  for (const checksum of [MD5.toString('base64'), MD5.toString('hex'), MD5.toString('hex').toUpperCase(), '']) t.equal((await send(checksum)).statusCode, 200, checksum)
  for (const checksum of ['x', SHA1, MD5.toString('base64').toLowerCase()]) {
    const reply = await send(checksum)
    t.strictSame([reply.statusCode, reply.body], [400, wrong])
  }
  const json = Buffer.from('{"bundle_id":null}')
  t.equal((await send('x', `/__api__/v1/content/${guid}/deploy`, json)).body, wrong, 'JSON is no exception')
  t.equal((await send(createHash('md5').update(json).digest('base64'), `/__api__/v1/content/${guid}/deploy`, json)).statusCode, 202)
  t.equal((await world.get(url)).json().length, 4)
})

t.test('what is larger than is taken is refused, with a length or without', async (t) => {
  const world = await testWorld(t, { config: { maxUploadBytes: 1000 } })
  const { url } = await world.listen()
  const post = (path: string, body: string | Buffer | ReadableStream, more: object = {}) => fetch(`${url}/__api__${path}`, { method: 'POST', headers: { authorization: 'Key k' }, body, ...more })
  const { guid } = await (await post('/v1/content', '{}')).json() as { guid: string }
  for (const body of [Buffer.alloc(1001), new Blob([Buffer.alloc(5_000_000)]).stream()]) {
    const reply = await post(`/v1/content/${guid}/bundles`, body, { duplex: 'half' })
    t.equal(reply.status, 413)
    t.equal(await reply.text(), '{"code":87,"error":"The request body cannot be parsed","payload":null}')
  }
  t.equal((await post(`/v1/content/${guid}/bundles`, Buffer.alloc(1000))).status, 200)
})

t.test('a client that leaves in the middle of an upload leaves nothing behind', async (t) => {
  const { world, url } = await withContent(t)
  const { port } = new URL((await world.listen()).url)
  for (const type of ['application/gzip', 'multipart/form-data; boundary=bnd']) {
    const sending = request({ port, path: url, method: 'POST', headers: { ...KNOWN, 'content-type': type, 'content-length': '100000' } })
    sending.on('error', () => {})
    const arrived = new Promise<void>((resolve) => { world.app.server.once('request', () => { resolve() }) })
    sending.write(ARCHIVE)
    await arrived
    sending.destroy()
  }
  t.equal((await world.get(url)).body, '[]')
})

t.test('downloads are the bytes as uploaded; of large archives only the sums are kept', async (t) => {
  const { world, url } = await withContent(t)
  const id: string = (await world.get(url, { method: 'POST', payload: ARCHIVE })).json().id
  const reply = await world.get(`${url}/${id}/download`)
  t.ok(reply.rawPayload.equals(ARCHIVE))
  t.equal(reply.headers['content-type'], 'application/gzip')
  t.equal(reply.headers['content-length'], String(ARCHIVE.length))
  const large: string = (await world.get(url, { method: 'POST', payload: Buffer.alloc(1_048_577) })).json().id
  t.match((await world.get(`${url}/${large}`)).json(), { size: 1_048_577 })
  t.equal((await world.get(`${url}/${large}/download`)).body, UNKNOWN)
})

t.test('a bundle is deleted unless it is being served', async (t) => {
  const { world, url, guid } = await withContent(t)
  const active = await world.upload(guid, ARCHIVE)
  const other = await world.upload(guid, ARCHIVE)
  await world.call(`POST /v1/content/${guid}/deploy`, { bundle_id: active })
  await world.sandbox.clock.advance(60_000)
  const refused = await world.get(`${url}/${active}`, { method: 'DELETE' })
  t.strictSame([refused.statusCode, refused.body], [400, '{"code":75,"error":"You may not delete the active bundle for an application","payload":null}'])
  const done = await world.get(`${url}/${other}`, { method: 'DELETE' })
  t.strictSame([done.statusCode, done.body, done.headers['content-type']], [204, '', undefined])
  t.equal((await world.get(`${url}/${other}`)).body, UNKNOWN)
})

t.test('unknown content, unknown bundles, and whoever may not', async (t) => {
  const { world, url, guid } = await withContent(t, { 'api-keys': KEYS }, 'owner-key')
  const key = (name: string) => ({ ...KNOWN, authorization: `Key ${name}-key` })
  for (const target of [`/__api__/v1/content/${NO_SUCH_GUID}/bundles`, `/__api__/v1/experimental/content/${NO_SUCH_GUID}/upload`, '/__api__/applications/77/upload']) {
    t.equal((await world.get(target, { method: 'POST', headers: key('owner'), payload: ARCHIVE })).body, UNKNOWN, target)
  }
  t.equal((await world.get('/__api__/v1/content/abc/bundles', { method: 'POST', headers: key('owner'), payload: ARCHIVE })).body, badGuid('abc'))
  for (const id of ['77', 'abc', '02']) for (const path of [`${url}/${id}`, `${url}/${id}/download`]) t.equal((await world.get(path, { headers: key('owner') })).body, UNKNOWN, path)
  for (const target of [url, `/__api__/v1/experimental/content/${guid}/upload`, '/__api__/applications/1/upload']) {
    t.equal((await world.get(target, { method: 'POST', headers: {}, payload: ARCHIVE })).statusCode, 401)
    t.equal((await world.get(target, { method: 'POST', headers: key('viewer'), payload: ARCHIVE })).body, ROLE_TOO_LOW)
    t.equal((await world.get(target, { method: 'POST', headers: key('other'), payload: ARCHIVE })).body, NOT_YOURS)
    t.equal((await world.get(target, { method: 'POST', headers: key('admin'), payload: ARCHIVE })).statusCode, 200)
  }
  t.equal((await world.get(url, { headers: key('viewer') })).json().length, 3, 'looking is free')
})

t.test('older calls upload as well', async (t) => {
  const { world, guid } = await withContent(t)
  t.equal((await world.get(`/__api__/v1/experimental/content/${guid}/upload`, { method: 'POST', payload: ARCHIVE })).body, `{"bundle_id":"2","size":${ARCHIVE.length}}`)
  t.equal((await world.get('/__api__/applications/1/upload', { method: 'POST', headers: { ...KNOWN, 'content-type': 'application/x-gzip' }, payload: ARCHIVE })).body, '{"id":3,"app_id":1,"created_time":"2026-11-22T12:00:00Z","updated_time":"2026-11-22T12:00:00Z"}')
})
