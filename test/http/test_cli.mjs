// The command line: every command, help, JSON, exit codes, beside a running server and without one; init.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync, statSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, tandem } from './server.mjs'

let s
const commands = ['serve', 'init', 'expr', 'token create', 'user add', 'user list', 'user link', 'user password', 'connection list', 'connection secret', 'flow list', 'flow on', 'flow off', 'demo', 'doctor']
before(async () => (s = await Server.start()))
after(() => s.stop())

const data = () => ['--data', s.data]

test('help lists every command, and each has help of its own; both exit with 0', () => {
  const r = tandem(['--help'])
  assert.equal(r.code, 0)
  for (const c of commands) {
    assert.ok(r.out.includes(`  ${c}`), c)
    const own = tandem([...c.split(' '), '--help'])
    assert.equal(own.code, 0, c)
    assert.ok(own.out.includes(`tandem ${c}`), own.out)
    assert.ok(own.out.includes('--json'))
  }
})

test('what is not understood exits with 2 and says what to do', () => {
  for (const args of [[], ['nope'], ['user'], ['user', 'nope'], ['user', 'list'], ['user', 'list', ...data(), '--nope'], ['user', 'list', ...data(), 'too', 'many'], ['token', 'create', ...data()], ['token', 'create', ...data(), '--user'], ['user', 'add', ...data()], ['user', 'password', 'admin', ...data()], ['serve'], ['init'], ['flow', 'on', ...data()]]) {
    const r = tandem(args)
    assert.equal(r.code, 2, `tandem ${args.join(' ')}: ${r.code} ${r.out}${r.err}`)
    assert.ok(r.out + r.err, args.join(' '))
  }
  const json = tandem(['user', 'list', '--json'])
  assert.equal(json.code, 2)
  assert.equal(json.json().code, 'usage')
})

test('what is refused exits with 1, with the problem on stderr or as JSON', () => {
  for (const args of [['token', 'create', '--user', 'nobody'], ['token', 'create', '--user', 'admin', '--expires', '0'], ['token', 'create', '--user', 'admin', '--expires', 'soon'], ['token', 'create', '--user', 'admin', '--scope', 'everything'], ['user', 'link', 'nobody'], ['user', 'add', 'admin'], ['user', 'add', 'x', '--roles', 'emperor'], ['flow', 'on', 'nope'], ['demo', 'nope']]) {
    const r = tandem([...args, ...data()])
    assert.equal(r.code, 1, `tandem ${args.join(' ')}: ${r.code} ${r.out}${r.err}`)
    assert.match(r.err, /^tandem: ./)
    assert.equal(r.out, '')
    const j = tandem([...args, ...data(), '--json'])
    assert.equal(j.code, 1)
    assert.match(j.json().code, /^[a-z_]+$/)
    assert.ok(j.json().problem)
  }
  assert.equal(tandem(['connection', 'secret', 'nope', ...data()], { input: 'x' }).code, 1)
  assert.equal(tandem(['user', 'password', 'nobody', ...data()], { input: 'a good password' }).code, 1)
  assert.equal(tandem(['user', 'password', 'admin', ...data()], { input: 'short' }).code, 1)
  assert.equal(tandem(['user', 'list', '--data', '/nowhere/at/all']).code, 1)
})

/** Every command that reads or changes data, with what it prints. */
function everyCommand(dir, again) {
  const run = (args, o) => {
    const r = tandem([...args, '--data', dir], o)
    assert.equal(r.code, 0, `tandem ${args.join(' ')}: ${r.err}`)
    return r
  }
  const token = run(['token', 'create', '--user', 'admin', '--json']).json()
  assert.match(token.token, /^tdm_[A-Za-z0-9_-]{43}$/)
  assert.match(run(['token', 'create', '--user', 'admin', '--expires', '3600', '--scope', 'read,write:task']).out, /^tdm_\S+\n$/)
  const name = `person${again}`
  assert.match(run(['user', 'add', name, '--title', '王 五', '--roles', 'finance,executive']).out, /\/welcome\/[A-Za-z0-9_-]+/)
  const users = run(['user', 'list', '--json']).json().records
  assert.deepEqual(users.find((u) => u.name === name).roles, ['finance', 'executive'])
  assert.match(run(['user', 'list']).out, new RegExp(`${name}\t王 五`))
  assert.match(run(['user', 'link', name]).out, /\/welcome\/[A-Za-z0-9_-]{43}\n$/)
  run(['user', 'password', name], { input: 'a long password\n' })
  assert.ok(Array.isArray(run(['connection', 'list', '--json']).json().records))
  const flows = run(['flow', 'list', '--json']).json().flows
  assert.ok(flows.length > 0)
  run(['flow', 'off', flows[0].name])
  assert.equal(run(['flow', 'list', '--json']).json().flows[0].on, false)
  run(['flow', 'on', flows[0].name])
  assert.equal(run(['flow', 'list', '--json']).json().flows[0].on, true)
  const checked = run(['doctor', '--json']).json()
  assert.equal(checked.database, 'ok')
  assert.ok(checked.events_verified > 0)
  return token.token
}

test('every command works beside a running server, and what it makes counts there', async () => {
  const token = everyCommand(s.data, 1)
  assert.equal((await s.get('/api/v1/records/user?name=eq.person1', { token })).json.count, 1)
  assert.equal((await s.post('/api/v1/login', { name: 'person1', password: 'a long password' }, { token: null })).status, 200)
  await s.make('connection', { name: 'conn', connector: 'jira' })
  assert.equal(tandem(['connection', 'secret', 'conn', ...data()], { input: 'canary-31b7\n' }).code, 0)
  assert.match(tandem(['connection', 'list', ...data()]).out, /^conn\tjira/m)
  assert.ok(!s.stderr.includes('canary-31b7'))
})

test('every command works without a server', async () => {
  const dir = folder()
  assert.equal(tandem(['init', '--data', dir]).code, 0)
  everyCommand(dir, 2)
  rmSync(dir, { recursive: true })
})

test('a second server on the same folder is refused with 1', () => {
  const r = tandem(['serve', ...data(), '--listen', '127.0.0.1:0'])
  assert.equal(r.code, 1)
  assert.match(r.err, /Another Tandem uses/)
})

test('a taken or senseless address to listen on is refused with 1, plain HTTP beyond this machine as well', () => {
  const dir = folder()
  tandem(['init', '--data', dir])
  for (const listen of [s.host, '999.1.1.1:80', '127.0.0.1', '127.0.0.1:99999', 'nope', '0.0.0.0:0']) {
    const r = tandem(['serve', '--data', dir, '--listen', listen])
    assert.equal(r.code, 1, `${listen}: ${r.code} ${r.out}${r.err}`)
    assert.match(r.err, /^tandem: ./m)
  }
  rmSync(dir, { recursive: true })
})

test('init takes a new or an empty folder, and refuses one that holds anything', async () => {
  const base = folder()
  const fresh = join(base, 'fresh')
  const r = tandem(['init', '--data', fresh, '--company', '某某公司', '--currency', 'EUR', '--time-zone', 'Europe/Berlin'])
  assert.equal(r.code, 0, r.err)
  assert.equal(statSync(fresh).mode & 0o077, 0, 'others may read the data folder')
  const empty = join(base, 'empty')
  mkdirSync(empty)
  assert.equal(tandem(['init', '--data', empty, '--json']).json().demo, false)
  assert.equal(tandem(['init', '--data', empty]).code, 1)
  const full = join(base, 'full')
  mkdirSync(full)
  writeFileSync(join(full, 'letter.txt'), 'mine')
  const no = tandem(['init', '--data', full])
  assert.equal(no.code, 1)
  assert.match(no.err, /is not empty/)
  assert.ok(!existsSync(join(full, 'tandem.db')))
  assert.equal(tandem(['init', '--data', join(base, 'no', 'such', 'parent')]).code, 1)
  const zh = tandem(['init', '--data', full], { env: { LANG: 'zh_CN.UTF-8' } })
  assert.match(zh.err, /不为空/)
  const one = new Server()
  one.data = fresh
  await one.serve()
  one.admin = one.token('admin')
  const company = (await one.get('/api/v1/session')).json.company
  assert.deepEqual([company.title, company.currency, company.time_zone], ['某某公司', 'EUR', 'Europe/Berlin'])
  await one.stop()
  rmSync(base, { recursive: true })
})

test('init refuses a currency or time zone that there is not, and leaves the folder free for another try', () => {
  const base = folder()
  for (const bad of [['--currency', 'XXQ'], ['--time-zone', 'Mars/Olympus']]) {
    const dir = join(base, 'd')
    const r = tandem(['init', '--data', dir, ...bad])
    assert.equal(r.code, 1, r.out)
    const good = tandem(['init', '--data', dir])
    assert.equal(good.code, 0, `after a refused init: ${good.err}`)
    rmSync(dir, { recursive: true })
  }
  rmSync(base, { recursive: true })
})

test('expr computes a line at a time', () => {
  const r = tandem(['expr'], { input: '{"expr":"1 + 2 * 3"}\n' })
  assert.equal(r.code, 0, r.err)
  assert.equal(r.out.trim().split('\n').length, 1)
  assert.match(r.out, /7/)
})
