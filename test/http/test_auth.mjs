// Log-in, sessions, CSRF, one-time links, throttling, API tokens with expiry and scopes.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { Server, refused, tandem, until } from './server.mjs'

let s
const T = '/api/v1/records/task'
const password = 'correct horse battery'
before(async () => {
  s = await Server.start()
  for (const name of ['ann', 'bob', 'cat', 'dan']) {
    await s.make('user', { name, title: name, roles: ['project_manager'] })
    assert.equal(tandem(['user', 'password', name, '--data', s.data], { input: `${password}\n` }).code, 0)
  }
})
after(() => s.stop())

const login = (name, pass = password, o = {}) => s.post('/api/v1/login', { name, password: pass }, { token: null, ...o })
const cookieOf = (r) => /^(tandem=[^;]+)/.exec(r.headers.get('set-cookie'))?.[1]
async function session(name) {
  const r = await login(name)
  assert.equal(r.status, 200, r.text)
  return { cookie: cookieOf(r), csrf: r.json.csrf, r }
}
const by = (x, more = {}) => ({ token: null, headers: { cookie: x.cookie, ...more } })

test('the log-in page says the company and no demo log-ins, to everybody', async () => {
  const r = await s.get('/api/v1/login', { token: null })
  assert.equal(r.status, 200)
  assert.deepEqual(r.json.demo_logins, [])
  assert.equal(typeof r.json.company, 'string')
  refused(await s.post('/api/v1/login/demo', { name: 'ann' }, { token: null }), 403, 'loopback_only')
})

test('a good password gives a session: HttpOnly, SameSite, a new id each time, and who one is', async () => {
  const a = await session('ann')
  const b = await session('ann')
  const set = a.r.headers.get('set-cookie')
  assert.match(set, /HttpOnly/i)
  assert.match(set, /SameSite=Lax/i)
  assert.match(set, /Path=\//)
  assert.notEqual(a.cookie, b.cookie)
  assert.ok(a.cookie.split('=')[1].length >= 43)
  assert.equal(a.r.json.user.name, 'ann')
  assert.deepEqual(a.r.json.user.roles, ['project_manager'])
  assert.equal(a.r.json.company.currency, 'CNY')
  const me = await s.get('/api/v1/session', by(a))
  assert.equal(me.status, 200)
  assert.deepEqual(me.json, a.r.json)
})

test('a wrong password and an unknown user look the same', async () => {
  const wrong = await login('bob', 'not the password')
  const nobody = await login('nobody-here', 'not the password')
  refused(wrong, 401, 'bad_password')
  refused(nobody, 401, 'bad_password')
  assert.equal(wrong.json.detail, nobody.json.detail)
  assert.equal(wrong.headers.get('set-cookie'), null)
  refused(await s.post('/api/v1/login', { name: 'bob' }, { token: null }), 422, 'required', '/password')
  refused(await s.post('/api/v1/login', { name: 'bob', password: 5 }, { token: null }), 422, 'wrong_type', '/password')
  refused(await s.post('/api/v1/login', { name: 'bob', password, more: 1 }, { token: null }), 422, 'unknown_field', '/more')
  refused(await login('admin', ''), 401)
})

test('a cookie request that writes needs the CSRF token, and an Origin of ours', async () => {
  const a = await session('ann')
  const body = { subject: 'by cookie' }
  refused(await s.post(T, body, by(a)), 403, 'csrf')
  refused(await s.post(T, body, by(a, { 'x-csrf-token': 'x' })), 403, 'csrf')
  refused(await s.post(T, body, by(a, { 'x-csrf-token': '' })), 403, 'csrf')
  refused(await s.post(T, body, by(a, { 'x-csrf-token': (await session('bob')).csrf })), 403, 'csrf')
  refused(await s.post(T, body, by(a, { 'x-csrf-token': a.csrf, origin: 'https://evil.example' })), 403, 'csrf')
  refused(await s.post(T, body, by(a, { 'x-csrf-token': a.csrf, origin: 'null' })), 403, 'csrf')
  assert.equal((await s.post(T, body, by(a, { 'x-csrf-token': a.csrf, origin: s.url }))).status, 201)
  assert.equal((await s.post(T, body, by(a, { 'x-csrf-token': a.csrf }))).status, 201)
  assert.equal((await s.get(T, by(a))).status, 200)
  const made = await s.make('task', body, by(a, { 'x-csrf-token': a.csrf }))
  for (const [method, path] of [['PATCH', `${T}/${made.id}`], ['DELETE', `${T}/${made.id}`], ['POST', `${T}/${made.id}/transitions/start`], ['PATCH', '/api/v1/session'], ['POST', '/api/v1/logout']])
    refused(await s.call(method, path, { ...by(a, { 'if-match': '"1"' }), body: {} }), 403, 'csrf')
})

test('log-out ends this session and no other', async () => {
  const a = await session('cat')
  const b = await session('cat')
  const out = await s.call('POST', '/api/v1/logout', by(a, { 'x-csrf-token': a.csrf }))
  assert.equal(out.status, 204)
  assert.match(out.headers.get('set-cookie'), /Max-Age=0/)
  refused(await s.get('/api/v1/session', by(a)), 401)
  assert.equal((await s.get('/api/v1/session', by(b))).status, 200)
})

test('language and theme are kept with the user and speak where no language is asked for', async () => {
  const a = await session('bob')
  const x = { 'x-csrf-token': a.csrf }
  assert.equal((await s.call('PATCH', '/api/v1/session', { ...by(a, x), body: { lang: 'zh-CN', theme: 'dark' } })).status, 204)
  const me = (await s.get('/api/v1/session', by(a))).json
  assert.deepEqual([me.lang, me.theme], ['zh-CN', 'dark'])
  refused(await s.call('PATCH', '/api/v1/session', { ...by(a, x), body: { lang: 'fr' } }), 422, 'not_an_option')
  refused(await s.call('PATCH', '/api/v1/session', { ...by(a, x), body: { roles: ['admin'] } }), 422, 'unknown_field')
  const no = await s.send(`GET /api/v1/records/nope HTTP/1.1\r\nHost: ${s.host}\r\nCookie: ${a.cookie}\r\nConnection: close\r\n\r\n`)
  assert.match(no, /Content-Language: zh-CN/)
})

test('a one-time link sets the password and logs in, once', async () => {
  await s.make('user', { name: 'new', title: 'New', roles: [] })
  const made = tandem(['user', 'link', 'new', '--data', s.data, '--json']).json()
  const token = /\/welcome\/([^/]+)$/.exec(made.link)[1]
  refused(await s.post('/api/v1/login/link', { token: 'x', password }, { token: null }), 401, 'link_used')
  refused(await s.post('/api/v1/login/link', { token, password: 'short' }, { token: null }), 422, 'password_weak')
  const all = await Promise.all([1, 2, 3, 4].map(() => s.post('/api/v1/login/link', { token, password }, { token: null })))
  assert.equal(all.filter((r) => r.status === 200).length, 1, all.map((r) => r.status).join())
  all.filter((r) => r.status !== 200).forEach((r) => refused(r, 401, 'link_used'))
  assert.equal(all.find((r) => r.status === 200).json.user.name, 'new')
  assert.equal((await login('new')).status, 200)
})

test('the first start prints a link for the administrator, and there is no default password', async () => {
  assert.match(s.stderr, /\/welcome\/\S+/)
  for (const p of ['', 'admin', 'password', 'tandem', 'changeme']) assert.notEqual((await login('admin', p)).status, 200)
})

test('guessing is slowed down for the account, and others still get in', async () => {
  let last
  for (let i = 0; i < 6; i++) last = await login('dan', `guess number ${i}`)
  refused(last, 429, 'login_throttled')
  refused(await login('dan'), 429, 'login_throttled')
  refused(await login('DAN', 'x'), 401)
  assert.equal((await login('ann')).status, 200)
})

test('a changed password ends the other sessions; an inactive user has none and no token', async () => {
  const u = await s.make('user', { name: 'eve', title: 'Eve', roles: [] })
  tandem(['user', 'password', 'eve', '--data', s.data], { input: password })
  const a = await session('eve')
  const token = s.token('eve')
  assert.equal((await s.get(T, { token })).status, 200)
  assert.equal(tandem(['user', 'password', 'eve', '--data', s.data], { input: 'another good one' }).code, 0)
  refused(await s.get('/api/v1/session', by(a)), 401)
  const b = { cookie: cookieOf(await login('eve', 'another good one')) }
  const off = await s.patch(`/api/v1/records/user/${u.id}`, (await s.get(`/api/v1/records/user/${u.id}`)).json.rev, { active: false })
  assert.equal(off.status, 200, off.text)
  refused(await s.get('/api/v1/session', by(b)), 401)
  refused(await s.get(T, { token }), 401)
  refused(await login('eve', 'another good one'), 401)
})

test('a token expires', async () => {
  const token = s.token('ann', '--expires', '1')
  assert.equal((await s.get(T, { token })).status, 200)
  await until('the token to expire', async () => (await s.get(T, { token })).status === 401)
})

test('a token does no more than its scopes', async () => {
  const t = await s.make('task', { subject: 'scoped' })
  const read = s.token('ann', '--scope', 'read')
  const readTask = s.token('ann', '--scope', 'read:task')
  const writeTask = s.token('ann', '--scope', 'write:task,read:project')
  assert.equal((await s.get(T, { token: read })).status, 200)
  assert.equal((await s.get('/api/v1/records/project', { token: read })).status, 200)
  refused(await s.post(T, { subject: 'x' }, { token: read }), 403, 'no_scope')
  refused(await s.patch(`${T}/${t.id}`, 1, { subject: 'x' }, { token: read }), 403, 'no_scope')
  refused(await s.del(`${T}/${t.id}`, 1, { token: read }), 403, 'no_scope')
  refused(await s.transition('task', t, 'start', {}, { token: read }), 403)
  refused(await s.get('/api/v1/records/project', { token: readTask }), 403)
  assert.deepEqual((await s.get('/api/v1/types', { token: readTask })).json.types.map((x) => x.type), ['task'])
  assert.equal((await s.post(T, { subject: 'x' }, { token: writeTask })).status, 201)
  assert.equal((await s.get('/api/v1/records/project', { token: writeTask })).status, 200)
  refused(await s.post('/api/v1/records/project', { title: 'x' }, { token: writeTask }), 403, 'no_scope')
  const root = s.token('admin', '--scope', 'read')
  refused(await s.post('/api/v1/records/user', { name: 'mallory', title: 'm' }, { token: root }), 403, 'no_scope')
  refused(await s.get('/api/v1/jobs', { token: root }), 403)
})

test('rights of a token follow its user at once', async () => {
  const u = await s.make('user', { name: 'fay', title: 'Fay', roles: ['finance'] })
  const token = s.token('fay')
  assert.equal((await s.post('/api/v1/records/budget', { title: 'b' }, { token })).status, 201)
  await s.patch(`/api/v1/records/user/${u.id}`, 1, { roles: [] })
  refused(await s.post('/api/v1/records/budget', { title: 'b' }, { token }), 403, 'no_right')
})

test('nobody makes himself an administrator', async () => {
  const p = await s.person('ambitious', ['project_manager'])
  const U = '/api/v1/records/user'
  assert.ok([403, 422].includes((await s.patch(`${U}/${p.user.id}`, 1, { roles: ['admin'] }, { token: p.token })).status))
  refused(await s.post(U, { name: 'second', title: 's', roles: ['admin'] }, { token: p.token }), 403, 'no_right')
})
