// The sentences of base/message.def as HTTP shows them: each code with its status and its sentence in both languages.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Server, tandem } from './server.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const rows = [...readFileSync(join(root, 'src/base/message.def'), 'utf8').matchAll(/^M\((\w+), (\w+), "(\w+)", "((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\)/gm)].map(([, name, err, code, en, zh]) => ({ name, err, code, en: JSON.parse(`"${en}"`), zh: JSON.parse(`"${zh}"`) }))

let s, p, plain, t, started, claim, other
const T = '/api/v1/records/task'
const E = '/api/v1/records/expense_claim'
const money = (amount, currency = 'CNY') => ({ amount, currency })
const password = 'correct horse battery'

before(async () => {
  s = await Server.start()
  p = await s.person('fin', ['finance'])
  other = await s.person('fin2', ['finance'])
  plain = await s.person('plain', [])
  tandem(['user', 'password', 'fin', '--data', s.data], { input: password })
  t = await s.make('task', { subject: 'T' })
  started = (await s.transition('task', await s.make('task', { subject: 'S' }), 'start', {})).json
  const budget = await s.make('budget', { title: 'B', lines: [{ name: 'L', planned: money('10.00') }] }, { token: p.token })
  const line = budget.lines[0].id
  await s.transition('budget', budget, 'activate', {}, { token: p.token })
  const c = await s.make('expense_claim', { subject: 'C', claimant: other.employee.id, budget_line: line, lines: [{ description: 'd', amount: money('5.00') }] }, { token: p.token })
  claim = (await s.transition('expense_claim', c, 'submit', {}, { token: p.token })).json
  claim.line = line
  await s.make('connection', { name: 'taken', connector: 'jira' })
})
after(() => s.stop())

const post = (body, o = {}) => (h) => s.post(T, body, { ...o, headers: { ...h, ...o.headers } })
const get = (path, o = {}) => (h) => s.get(path, { check: false, ...o, headers: { ...h, ...o.headers } })
const field = (extra) => post({ subject: 'x', ...extra })
const nothing = '01900000-0000-7000-8000-000000000000'
const list = (query) => get(`${T}?${query}`)
const raw = (bytes, headers) => (h) => s.call('POST', T, { raw: bytes, headers: { ...h, ...headers } })

// [message, status, request with these headers]
const table = [
  ['JSON_SYNTAX', 400, raw('{')], ['JSON_DEPTH', 400, raw(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`)], ['JSON_NOT_OBJECT', 400, raw('[]')], ['BODY_MISSING', 400, raw('')],
  ['BODY_TOO_LARGE', 413, raw(JSON.stringify({ subject: 'x'.repeat(1100000) }))], ['URI_TOO_LONG', 414, list(`subject=eq.${'x'.repeat(9000)}`)], ['MEDIA_TYPE', 415, raw('{}', { 'content-type': 'text/plain' })],
  ['ENCODING', 400, list('subject=eq.%ff')], ['NO_ROUTE', 404, get('/api/v1/nope')], ['NO_RECORD', 404, get(`${T}/${nothing}`)], ['NO_TYPE', 404, get('/api/v1/records/nope')],
  ['METHOD', 405, (h) => s.call('PUT', T, { headers: h, check: false })],
  ['LOGIN_REQUIRED', 401, get(T, { token: null })], ['BAD_CREDENTIAL', 401, get(T, { token: 'tdm_x' })],
  ['BAD_PASSWORD', 401, (h) => s.post('/api/v1/login', { name: 'nobody', password }, { token: null, headers: h })], ['LINK_USED', 401, (h) => s.post('/api/v1/login/link', { token: 'x', password }, { token: null, headers: h })],
  ['LOOPBACK_ONLY', 403, (h) => s.post('/api/v1/login/demo', { name: 'x' }, { token: null, headers: h })],
  ['CSRF', 403, async (h) => { const r = await s.post('/api/v1/login', { name: 'fin', password }, { token: null }); return s.post(T, {}, { token: null, headers: { ...h, cookie: r.headers.get('set-cookie').split(';')[0] } }) }],
  ['NO_RIGHT', 403, (h) => s.post('/api/v1/records/budget', { title: 'x' }, { token: plain.token, headers: h })], ['NO_RIGHT_ROW', 403, (h) => s.patch(`${T}/${t.id}`, 1, { subject: 'x' }, { token: plain.token, headers: h })],
  ['NO_SCOPE', 403, (h) => s.post(T, { subject: 'x' }, { token: (s.readToken ??= s.token('fin', '--scope', 'read')), headers: h })], ['SEGREGATION', 403, (h) => s.transition('expense_claim', claim, 'approve', {}, { token: p.token, headers: h })],
  ['REVISION_NEEDED', 428, (h) => s.call('PATCH', `${T}/${t.id}`, { body: {}, headers: h })], ['REVISION_STALE', 412, (h) => s.patch(`${T}/${t.id}`, 9, {}, { headers: h })], ['REVISION_SYNTAX', 400, (h) => s.call('PATCH', `${T}/${t.id}`, { body: {}, headers: { ...h, 'if-match': 'x' } })],
  ['KEY_REUSED', 422, async (h) => { await s.post(T, { subject: 'a' }, { headers: { 'idempotency-key': 'm' } }); return s.post(T, { subject: 'b' }, { headers: { ...h, 'idempotency-key': 'm' } }) }], ['KEY_SYNTAX', 400, post({ subject: 'x' }, { headers: { 'idempotency-key': 'a b' } })],
  ['UNKNOWN_FIELD', 422, field({ nope: 1 })], ['READ_ONLY', 422, field({ rev: 1 })], ['REQUIRED', 422, post({})], ['WRONG_TYPE', 422, field({ due: 'x' })], ['TOO_LONG', 422, post({ subject: 'x'.repeat(501) })], ['OUT_OF_RANGE', 422, field({ progress: '2' })],
  ['TOO_MANY_ITEMS', 422, field({ tags: Array.from({ length: 201 }, (_, i) => `${i}`) })], ['TOO_PRECISE', 422, field({ plan: money('1.234') })], ['NOT_AN_OPTION', 422, field({ kind: 'x' })], ['BAD_CURRENCY', 422, field({ plan: money('1', 'XQQ') })],
  ['CURRENCY_MIX', 422, (h) => s.post(E, { subject: 'x', lines: [{ description: 'a', amount: money('1') }, { description: 'b', amount: money('1', 'USD') }] }, { headers: h })],
  ['LINK_TO_NOTHING', 422, field({ project: nothing })], ['NOT_UNIQUE', 422, (h) => s.post('/api/v1/records/connection', { name: 'taken', connector: 'x' }, { headers: h })], ['OVERFLOW', 422, field({ plan: money('9'.repeat(30)) })],
  ['IMMUTABLE', 422, (h) => s.patch(`${E}/${claim.id}`, claim.rev, { project: null, claimant: null }, { token: p.token, headers: h })],
  ['NO_TRANSITION', 404, (h) => s.transition('task', t, 'nope', {}, { headers: h })], ['WRONG_STATE', 409, (h) => s.transition('task', t, 'stop', {}, { headers: h })],
  ['GUARD_FAILED', 422, async (h) => { const b = await s.make('budget', { title: 'empty' }); return s.transition('budget', b, 'activate', {}, { headers: h }) }],
  ['BUDGET_EXCEEDED', 409, async (h) => { const c = await s.make('expense_claim', { subject: 'big', claimant: p.employee.id, budget_line: claim.line, lines: [{ description: 'd', amount: money('50') }] }); return s.transition('expense_claim', c, 'submit', {}, { headers: h }) }],
  ['NOT_DELETABLE', 409, (h) => s.del(`${T}/${started.id}`, started.rev, { headers: h })], ['IS_REFERRED', 409, async (h) => { const a = await s.make('task', { subject: 'a' }); await s.make('task', { subject: 'b', parent: a.id }); return s.del(`${T}/${a.id}`, 1, { headers: h }) }],
  ['APPEND_ONLY', 409, (h) => s.post('/api/v1/records/commitment', {}, { headers: h, check: false })],
  ['QUERY_INVALID', 400, list('nope=1')], ['UNKNOWN_PARAMETER', 400, list('nope=1')], ['REPEATED_PARAMETER', 400, list('limit=1&limit=2')], ['UNKNOWN_OPERATOR', 400, list('subject=xx.1')], ['BAD_OPERAND', 400, list('due=eq.x')], ['NOT_FILTERABLE', 400, list('order=tags')],
  ['FILTER_SYNTAX', 400, list('or=x')], ['FILTER_DEPTH', 400, list('or=(or(or(or(or(or(subject.eq.a))))))')], ['FILTER_COUNT', 400, list(`or=(${Array(101).fill('estimate.eq.1').join()})`)], ['BAD_LIMIT', 400, list('limit=0')], ['BAD_ORDER', 400, list('order=due.up')], ['BAD_CURSOR', 400, list('after=x')],
  ['NO_CONNECTION', 404, (h) => s.post('/hooks/nope', {}, { token: null, headers: h, check: false })],
]

/** A sentence of a template, its arguments filled in with anything. */
function fits(template, text) {
  const re = template.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\s\\S]*')
  return new RegExp(`^${re}$`).test(text)
}

for (const [name, status, request] of table)
  test(`${name} is ${status} and says in both languages what to do`, async () => {
    const row = rows.find((r) => r.name === name)
    assert.ok(row, `${name} is not in message.def`)
    for (const lang of ['en', 'zh']) {
      const r = await request({ 'accept-language': lang })
      assert.equal(r.status, status, r.text)
      const said = [{ code: r.json.code, detail: r.json.detail }, ...r.json.errors].filter((e) => e.code === row.code)
      assert.ok(said.length > 0, `${row.code} is not in ${r.text.slice(0, 400)}`)
      assert.ok(said.some((e) => fits(row[lang], e.detail)), `${lang}: ${said[0].detail} is not ${row[lang]}`)
      assert.equal(/[\u4e00-\u9fff]/.test(r.json.title), lang === 'zh', r.json.title)
    }
  })

test('the table covers most of what a client can meet', (context) => {
  const groups = readFileSync(join(root, 'src/base/message.def'), 'utf8').split('/* Descriptions: types')[0]
  const met = rows.filter((r) => groups.includes(`M(${r.name},`))
  const missing = met.filter((r) => !table.some(([name]) => name === r.name)).map((r) => r.name)
  context.diagnostic(`not provoked here: ${missing.join(', ')}`)
  assert.ok(missing.length < met.length / 3, missing.join())
})
