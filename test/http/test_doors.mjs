// Doors that only look closed: the demo log-in behind a proxy or a foreign name, a silent asker at the socket, a folder with a long
// name, a folder that lost its database, and what a token's stream tells after its user's rights have changed.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import net from 'node:net'
import { mkdirSync, rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, tandem, until } from './server.mjs'

let s
before(async () => { s = await Server.start({ init: ['--demo'] }) })
after(() => s.stop())

/** The demo log-in as raw bytes, with these header lines (Host among them). */
async function demoLogin(server, ...lines) {
  const body = '{"name":"finance"}'
  const head = ['POST /api/v1/login/demo HTTP/1.1', ...lines, 'Content-Type: application/json', `Content-Length: ${body.length}`, 'Connection: close']
  const answer = await server.send(`${head.join('\r\n')}\r\n\r\n${body}`)
  return { status: Number(answer.split(' ')[1]), answer }
}

test('one click logs in on the server\'s own machine, by each of its names', async () => {
  for (const host of [s.host, 'localhost', `LOCALHOST:${s.port}`, '127.0.0.1', '[::1]:80', '[::1]'])
    assert.equal((await demoLogin(s, `Host: ${host}`)).status, 200, host)
})

test('a foreign name that was given this machine\'s address does not log in', async () => {
  for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80', '127.evil', '[::2]:80', 'localhost@evil.example'])
    assert.ok([400, 403].includes((await demoLogin(s, `Host: ${host}`)).status), host)
  const r = await s.send(`GET /api/v1/login HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)
  assert.match(r, /"demo_logins":\[\]/)
})

test('whom a proxy brings is not on this machine', async () => {
  for (const line of ['X-Forwarded-For: 203.0.113.9', 'X-Real-IP: 203.0.113.9', 'Forwarded: for=203.0.113.9', 'Via: 1.1 proxy', 'X-Forwarded-Proto: https', 'x-forwarded-host: a'])
    assert.equal((await demoLogin(s, `Host: ${s.host}`, line)).status, 403, line)
})

test('behind a proxy there is no demo log-in at all, and cookies never travel without TLS', async () => {
  const proxied = new Server()
  proxied.data = folder()
  assert.equal(tandem(['init', '--data', proxied.data, '--demo']).code, 0)
  assert.equal(tandem(['user', 'password', 'admin', '--data', proxied.data], { input: 'correct horse battery\n' }).code, 0)
  await proxied.serve(['--behind-proxy'])
  assert.equal((await demoLogin(proxied, `Host: ${proxied.host}`)).status, 403)
  const r = await proxied.post('/api/v1/login', { name: 'admin', password: 'correct horse battery' }, { token: null })
  assert.equal(r.status, 200, r.text)
  const set = r.headers.get('set-cookie')
  assert.match(set, /^__Host-tandem=.*; Secure/)
  const cookie = set.split(';')[0]
  assert.equal((await proxied.get('/api/v1/session', { token: null, headers: { cookie } })).status, 200)
  await proxied.stop()
})

const ask = (path) => new Promise((done, fail) => {
  const socket = net.connect(path, () => done(socket))
  socket.on('error', fail)
})

test('a folder with a long name is served and obeys commands, and a silent asker does not keep the server from stopping', async () => {
  const base = folder()
  const one = new Server()
  one.data = join(base, `一个 long name ${'x'.repeat(150)}`)
  assert.equal(tandem(['init', '--data', one.data]).code, 0)
  await one.serve()
  one.admin = one.token('admin')
  assert.equal((await one.get('/api/v1/session')).status, 200)
  await one.stop()
  await s.get('/healthz')
  const short = new Server()
  short.data = folder()
  assert.equal(tandem(['init', '--data', short.data]).code, 0)
  await short.serve()
  const silent = await ask(join(short.data, 'tandem.sock'))
  const took = await short.stop()
  silent.destroy()
  assert.ok(took < 10000, `it took ${took} ms`)
  rmSync(base, { recursive: true, force: true })
})

test('a folder whose database is gone is not taken for a new one', () => {
  const dir = folder()
  assert.equal(tandem(['init', '--data', dir]).code, 0)
  unlinkSync(join(dir, 'tandem.db'))
  const r = tandem(['serve', '--data', dir, '--listen', '127.0.0.1:0'])
  assert.equal(r.code, 1)
  assert.match(r.err, /tandem\.db/)
  mkdirSync(join(dir, 'other'))
  assert.equal(tandem(['serve', '--data', join(dir, 'other'), '--listen', '127.0.0.1:0']).code, 1)
  rmSync(dir, { recursive: true })
})

test('a stream of a token with scopes follows its user\'s rights', async () => {
  const user = await s.make('user', { name: 'watcher', title: 'Watcher', roles: ['finance'] })
  const token = s.token('watcher', '--scope', 'read')
  const stop = new AbortController()
  const r = await fetch(`${s.url}/api/v1/stream`, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal })
  let text = ''
  const reading = (async () => { for await (const chunk of r.body) text += Buffer.from(chunk).toString() })().catch(() => {})
  const claim = () => s.make('expense_claim', { subject: 'seen?' })
  const first = await claim()
  await until('the first claim', () => text.includes(first.id))
  const gone = await s.patch(`/api/v1/records/user/${user.id}`, user.rev, { roles: [] })
  assert.equal(gone.status, 200, gone.text)
  const second = await claim()
  const last = (await s.patch(`/api/v1/records/user/${user.id}`, gone.json.rev, { title: 'Watcher 2' })).json
  await until('an event after it', () => text.includes(`"id":"${last.id}","rev":${last.rev}`))
  assert.ok(!text.includes(second.id), 'it was told of a claim that its user may not read any more')
  stop.abort()
  await reading
})
