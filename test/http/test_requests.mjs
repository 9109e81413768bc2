// What is refused before a handler sees it: bodies, content types, methods, addresses, headers; and what every answer has.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { Server, refused } from './server.mjs'

let s, t
const T = '/api/v1/records/task'
before(async () => {
  s = await Server.start()
  t = await s.make('task', { subject: 'one' })
})
after(() => s.stop())

const raw = (bytes, o = {}) => s.call('POST', T, { raw: bytes, ...o })

test('bodies that are not the JSON they should be are refused, and nothing is made', async () => {
  const deep = (n) => '{"subject":' + '['.repeat(n - 1) + ']'.repeat(n - 1) + '}'
  const bodies = {
    'duplicate keys': '{"subject":"a","subject":"b"}', 'duplicate keys below': '{"subject":"a","plan":{"amount":"1","amount":"2","currency":"CNY"}}',
    'duplicate keys by escape': '{"subject":"a","s\\u0075bject":"b"}', 'NUL by escape': '{"subject":"a\\u0000b"}', 'NUL raw': '{"subject":"a\0b"}', 'NUL in a key': '{"sub\\u0000ject":"a"}',
    'invalid UTF-8': Buffer.from([...Buffer.from('{"subject":"'), 0xff, 0xfe, ...Buffer.from('"}')]), 'overlong UTF-8': Buffer.from([...Buffer.from('{"subject":"'), 0xc0, 0xaf, ...Buffer.from('"}')]),
    'a surrogate as UTF-8': Buffer.from([...Buffer.from('{"subject":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]), 'lone high surrogate': '{"subject":"\\ud800"}', 'lone low surrogate': '{"subject":"\\udc00x"}',
    'NaN': '{"subject":"a","estimate":NaN}', 'Infinity': '{"subject":"a","estimate":Infinity}', '-Infinity': '{"subject":"a","estimate":-Infinity}', '1e999': '{"subject":"a","estimate":1e999}',
    'beyond 64 bits': '{"subject":"a","estimate":9223372036854775808}', 'far beyond': `{"subject":"a","estimate":${'9'.repeat(400)}}`, '33 levels': deep(33), '10000 levels': deep(10000),
    'something behind': '{"subject":"a"} x', 'two values': '{"subject":"a"}{"subject":"b"}', 'a comma too many': '{"subject":"a",}', 'single quotes': "{'subject':'a'}", 'a comment': '{"subject":"a"/**/}', 'no end': '{"subject":"a"',
    'a list': '[]', 'a text': '"x"', 'null': 'null', 'a number': '5', 'nothing': '', 'white space': '  ', 'a byte order mark': '\ufeff{"subject":"a"}', 'a control character': '{"subject":"a\u0001b"}', 'leading zero': '{"subject":"a","estimate":01}', 'plus': '{"subject":"a","estimate":+1}', 'hex': '{"subject":"a","estimate":0x1}',
  }
  const before_ = (await s.get(T)).json.count
  for (const [what, body] of Object.entries(bodies)) {
    const r = await raw(body)
    assert.equal(r.status, 400, `${what}: ${r.text}`)
  }
  assert.equal((await s.get(T)).json.count, before_)
  const edge = await raw(deep(32))
  refused(edge, 422, 'wrong_type', '/subject')
  assert.equal((await raw('{"subject":"a","estimate":9223372036854775807}')).status, 201)
})

test('another Content-Type than application/json is 415, none as well; a charset may stand behind', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', 'application/problem+json', '']) {
    const r = await raw('{"subject":"a"}', { headers: { 'content-type': type } })
    refused(r, 415, 'media_type')
  }
  for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/json ;charset=UTF-8']) assert.equal((await raw('{"subject":"a"}', { headers: { 'content-type': type } })).status, 201, type)
})

test('a body that is too large is 413, an address 414, a header 431', async () => {
  refused(await raw(JSON.stringify({ subject: 'a', description: 'x'.repeat(1100000) })), 413, 'body_too_large')
  refused(await s.get(`${T}?subject=eq.${'x'.repeat(9000)}`), 414, 'uri_too_long')
  const r = await s.send(`GET ${T} HTTP/1.1\r\nHost: ${s.host}\r\nX-Big: ${'y'.repeat(20000)}\r\nConnection: close\r\n\r\n`)
  assert.match(r, /^HTTP\/1\.1 431 /)
})

test('another method of a known address is 405 with Allow, an unknown address 404', async () => {
  for (const [method, path, allow] of [
    ['PUT', T, /GET.*HEAD.*POST/], ['DELETE', T, /GET.*POST/], ['PATCH', T, /GET.*POST/], ['POST', `${T}/${t.id}`, /GET.*PATCH.*DELETE/], ['PUT', `${T}/${t.id}`, /PATCH/],
    ['GET', `${T}/${t.id}/transitions/start`, /^POST$/], ['POST', '/healthz', /^GET, HEAD$/], ['DELETE', '/api/v1/types', /^GET, HEAD$/], ['GET', '/api/v1/logout', /^POST$/], ['OPTIONS', T, /GET.*POST/],
  ]) {
    const r = await s.call(method, path, { check: false })
    assert.equal(r.status, 405, `${method} ${path}: ${r.text}`)
    assert.match(r.headers.get('allow'), allow, `${method} ${path}`)
  }
  for (const path of ['/api', '/api/v1', '/api/v1/', '/api/v2/records/task', '/api/v1/records', `${T}/`, `${T}/${t.id}/`, `${T}/${t.id}/nope`, `${T}//history`, '/hooks', '/hooks/', '/nope.txt', '/api/v1/../../etc/passwd', '/..%2f..%2fetc%2fpasswd', '//healthz'])
    refused(await s.get(path, { check: false }), 404)
})

test('TRACE, CONNECT and unknown methods are 405 or 501', async () => {
  for (const method of ['TRACE', 'BREW', 'PROPFIND', 'get', 'GETT']) {
    const r = await s.send(`${method} ${T} HTTP/1.1\r\nHost: ${s.host}\r\nAuthorization: Bearer ${s.admin}\r\nConnection: close\r\n\r\n`)
    assert.match(r, /^HTTP\/1\.1 (405|501|400) /, `${method}: ${r.slice(0, 80)}`)
    if (method !== 'get') assert.match(r, /^HTTP\/1\.1 (405|501) /, `${method}: ${r.slice(0, 80)}`)
    assert.ok(!r.includes(s.admin))
  }
})

test('HEAD is as GET without a body', async () => {
  for (const path of [T, '/healthz', '/openapi.json', '/api/v1/types', '/api/v1/records/nope']) {
    const get = await s.get(path, { check: false })
    const head = await s.call('HEAD', path)
    assert.equal(head.status, get.status, path)
    assert.equal(head.text, '')
    assert.equal(head.headers.get('content-type'), get.headers.get('content-type'), path)
    if (path !== '/api/v1/records/nope') assert.equal(head.headers.get('content-length'), get.headers.get('content-length'), path)
  }
})

test('headers that smuggle or confuse are refused', async () => {
  const auth = `Authorization: Bearer ${s.admin}\r\n`
  const body = '{"subject":"smuggled"}'
  const requests = {
    'no Host': `GET ${T} HTTP/1.1\r\n${auth}\r\n`, 'two Host': `GET ${T} HTTP/1.1\r\nHost: a\r\nHost: b\r\n${auth}\r\n`,
    'two Content-Length': `POST ${T} HTTP/1.1\r\nHost: ${s.host}\r\n${auth}Content-Type: application/json\r\nContent-Length: 22\r\nContent-Length: 22\r\n\r\n${body}`,
    'length and coding': `POST ${T} HTTP/1.1\r\nHost: ${s.host}\r\n${auth}Content-Type: application/json\r\nContent-Length: 22\r\nTransfer-Encoding: chunked\r\n\r\n16\r\n${body}\r\n0\r\n\r\n`,
    'another coding': `POST ${T} HTTP/1.1\r\nHost: ${s.host}\r\n${auth}Content-Type: application/json\r\nTransfer-Encoding: gzip, chunked\r\n\r\n16\r\n${body}\r\n0\r\n\r\n`,
    'two Authorization': `GET ${T} HTTP/1.1\r\nHost: ${s.host}\r\n${auth}${auth}\r\n`,
    'two Content-Type': `POST ${T} HTTP/1.1\r\nHost: ${s.host}\r\n${auth}Content-Type: application/json\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n${body}`,
    'two If-Match': `DELETE ${T}/${t.id} HTTP/1.1\r\nHost: ${s.host}\r\n${auth}If-Match: "1"\r\nIf-Match: "2"\r\n\r\n`,
    'a negative length': `POST ${T} HTTP/1.1\r\nHost: ${s.host}\r\n${auth}Content-Type: application/json\r\nContent-Length: -1\r\n\r\n`,
  }
  for (const [what, bytes] of Object.entries(requests)) {
    const r = await s.send(bytes)
    assert.match(r, /^HTTP\/1\.[01] 4\d\d /, `${what}: ${r.slice(0, 200)}`)
    // The HTTP library answers a length that is no number itself, before the server hears of it.
    if (what !== 'a negative length') assert.match(r, /X-Content-Type-Options: nosniff/i, what)
  }
  assert.equal((await s.get(`${T}?subject=eq.smuggled`)).json.count, 0)
  const chunked = await s.send(`POST ${T} HTTP/1.1\r\nHost: ${s.host}\r\n${auth}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n16\r\n{"subject":"in chunk"}\r\n0\r\n\r\n`)
  assert.match(chunked, /^HTTP\/1\.1 201 /)
})

test('keep-alive, pipelining and a half-close work', async () => {
  const one = `GET /healthz HTTP/1.1\r\nHost: ${s.host}\r\n\r\n`
  assert.equal((await s.send(one + one + one)).match(/HTTP\/1\.1 200/g)?.length, 3)
  assert.match(await s.send(`GET ${T} HTTP/1.1\r\nHost: ${s.host}\r\nAuthorization: Bearer ${s.admin}\r\n\r\n`, { end: true }), /^HTTP\/1\.1 200/)
  const two = `GET ${T} HTTP/1.1\r\nHost: ${s.host}\r\nAuthorization: Bearer ${s.admin}\r\n\r\n`.repeat(2)
  const all = await Promise.all(Array.from({ length: 40 }, () => s.send(two, { end: true, quiet: 8000 })))
  for (const r of all) assert.equal(r.match(/HTTP\/1\.1 200/g)?.length, 2, r.slice(0, 100))
})

test('without a good credential: 401 with WWW-Authenticate, the same for what is there and what is not', async () => {
  for (const headers of [{}, { authorization: 'Bearer' }, { authorization: 'Bearer ' }, { authorization: 'Bearer tdm_nope' }, { authorization: `Basic ${s.admin}` }, { authorization: s.admin }, { authorization: `Bearer ${s.admin}x` }, { authorization: `Bearer ${s.admin.slice(0, -1)}` }, { cookie: 'tandem=x' }])
    for (const path of [T, `${T}/${t.id}`, '/api/v1/records/nope', '/api/v1/types', '/api/v1/session', '/api/v1/stream', '/api/v1/search?q=a', '/metrics', '/api/v1/jobs', '/api/v1/flows', '/api/v1/demo'])
      refused(await s.get(path, { token: null, headers }), 401)
  for (const [method, path] of [['POST', T], ['PATCH', `${T}/${t.id}`], ['DELETE', `${T}/${t.id}`], ['POST', '/api/v1/logout']]) refused(await s.call(method, path, { token: null, body: {} }), 401)
})

test('health and readiness need no credential and tell nothing else', async () => {
  assert.deepEqual((await s.get('/healthz', { token: null })).json, { status: 'ok' })
  assert.deepEqual((await s.get('/readyz', { token: null })).json, { status: 'ready' })
})

test('metrics are Prometheus text, for administrators', async () => {
  const r = await s.get('/metrics')
  assert.equal(r.status, 200)
  assert.match(r.type, /^text\/plain; version=0\.0\.4/)
  for (const line of r.text.trim().split('\n')) assert.match(line, /^(# (HELP|TYPE) tandem_\w+ .+|tandem_\w+(\{[^}]*\})? -?\d+(\.\d+)?)$/)
  const p = await s.person('plain', [])
  refused(await s.get('/metrics', { token: p.token }), 403, 'no_right')
})

test('an answer is not kept by anybody on the way', async () => {
  for (const path of [T, `${T}/${t.id}`, '/api/v1/session', '/api/v1/records/nope']) assert.match((await s.get(path, { check: false })).headers.get('cache-control') ?? '', /no-store/, path)
})

test('problems are in the language asked for, with one code in every language', async () => {
  const cases = [['zh-CN', 'zh'], ['zh', 'zh'], ['en', 'en'], ['en-US,zh;q=0.5', 'en'], ['zh-TW,en;q=0.9', 'zh'], ['fr,zh;q=0.3,en;q=0.2', 'zh'], ['en;q=0,zh', 'zh'], ['EN-gb', 'en']]
  for (const [accept, lang] of cases) {
    const r = await s.post(T, { subject: '' }, { headers: { 'accept-language': accept } })
    assert.equal(/[\u4e00-\u9fff]/.test(r.json.title), lang === 'zh', `${accept}: ${r.json.title}`)
    assert.equal(/[\u4e00-\u9fff]/.test(r.json.errors[0].detail), lang === 'zh', `${accept}: ${r.json.errors[0].detail}`)
    assert.equal(r.json.code, 'invalid')
    assert.equal(r.json.errors[0].code, 'required')
    assert.equal(r.headers.get('content-language'), lang === 'zh' ? 'zh-CN' : 'en')
  }
})
