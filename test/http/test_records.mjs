// Records over HTTP: create, read, change, delete, revisions, idempotency keys, transitions, history.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { Server, refused } from './server.mjs'

let s
const T = '/api/v1/records/task'
before(async () => (s = await Server.start()))
after(() => s.stop())

test('a created record comes back as it was sent, with id, revision 1, number, state, Location and ETag', async () => {
  const body = { subject: '  é "引号" \\ \u0001? 😀 \n', tags: ['a', '标签'], due: '2026-12-31', plan: { amount: '12.5', currency: 'CNY' }, progress: '0.25', estimate: 5400000 }
  body.subject = body.subject.replace('\u0001', '')
  const r = await s.post(T, body)
  assert.equal(r.status, 201, r.text)
  assert.equal(r.etag, '"1"')
  assert.equal(r.headers.get('location'), `${T}/${r.json.id}`)
  assert.match(r.json.id, /^[0-9a-f-]{36}$/)
  assert.equal(r.json.subject, body.subject)
  assert.deepEqual(r.json.tags, body.tags)
  assert.equal(r.json.due, body.due)
  assert.deepEqual(r.json.plan, { amount: '12.50', currency: 'CNY' })
  assert.equal(r.json.progress, '0.2500')
  assert.equal(r.json.estimate, 5400000)
  assert.match(r.json.number, /^T-\d{6}$/)
  assert.equal(r.json.state, 'todo')
  assert.match(r.json.created_at, /Z$/)
  const got = await s.get(`${T}/${r.json.id}`)
  assert.equal(got.status, 200)
  assert.equal(got.etag, '"1"')
  assert.deepEqual(got.json, r.json)
  const head = await s.call('HEAD', `${T}/${r.json.id}`)
  assert.equal(head.status, 200)
  assert.equal(head.text, '')
  assert.equal(head.etag, '"1"')
  assert.equal(head.headers.get('content-length'), got.headers.get('content-length'))
})

test('PATCH changes only what is sent; the revision rises by one a change', async () => {
  const t = await s.make('task', { subject: 'one', due: '2026-01-01' })
  const r = await s.patch(`${T}/${t.id}`, 1, { subject: 'two' })
  assert.equal(r.status, 200)
  assert.equal(r.etag, '"2"')
  assert.equal(r.json.rev, 2)
  assert.equal(r.json.subject, 'two')
  assert.equal(r.json.due, '2026-01-01')
  const cleared = await s.patch(`${T}/${t.id}`, 2, { due: null })
  assert.equal(cleared.json.due, null)
  assert.equal(cleared.json.rev, 3)
})

test('If-Match: absent 428, stale 412, no entity tag 400, for PATCH, DELETE and transitions', async () => {
  const t = await s.make('task', { subject: 'rev' })
  await s.patch(`${T}/${t.id}`, 1, { subject: 'rev 2' })
  for (const [method, path, body] of [['PATCH', `${T}/${t.id}`, { subject: 'x' }], ['DELETE', `${T}/${t.id}`], ['POST', `${T}/${t.id}/transitions/start`, {}]]) {
    refused(await s.call(method, path, { body }), 428, 'revision_needed')
    for (const stale of ['"1"', '"99"', '"007x"', '"abc"'])
      refused(await s.call(method, path, { body, headers: { 'if-match': stale } }), 412)
    for (const bad of ['2', "'2'", '"2', '*x', '""2""', 'null', '"2", "3"'])
      refused(await s.call(method, path, { body, headers: { 'if-match': bad } }), 400, 'revision_syntax')
  }
  assert.equal((await s.get(`${T}/${t.id}`)).json.rev, 2)
})

test('of eight writers with one revision exactly one wins', async () => {
  const t = await s.make('task', { subject: 'race' })
  const all = await Promise.all(Array.from({ length: 8 }, (_, i) => s.patch(`${T}/${t.id}`, 1, { subject: `w${i}` })))
  assert.equal(all.filter((r) => r.status === 200).length, 1)
  assert.equal(all.filter((r) => r.status === 412).length, 7)
  assert.equal((await s.get(`${T}/${t.id}`)).json.rev, 2)
})

test('a deleted draft is 404, out of list and count, and its history still answers', async () => {
  const t = await s.make('task', { subject: 'to delete' })
  const before_ = (await s.get(`${T}?limit=1`)).json.count
  const r = await s.del(`${T}/${t.id}`, 1)
  assert.equal(r.status, 204)
  assert.equal(r.text, '')
  refused(await s.get(`${T}/${t.id}`), 404)
  refused(await s.patch(`${T}/${t.id}`, 1, { subject: 'x' }), 404)
  refused(await s.del(`${T}/${t.id}`, 1), 404)
  refused(await s.get(`${T}/${t.id}/context`), 404)
  const list = await s.get(`${T}?id=eq.${t.id}`)
  assert.deepEqual([list.json.records.length, list.json.count], [0, 0])
  assert.equal((await s.get(`${T}?limit=1`)).json.count, before_ - 1)
  const h = await s.get(`${T}/${t.id}/history`)
  assert.equal(h.status, 200)
  assert.equal(new Set(h.json.history.map((e) => e.rev)).size, h.json.history.length)
})

test('what is no draft, or is referred to, may not be deleted', async () => {
  const t = await s.make('task', { subject: 'started' })
  const started = await s.transition('task', t, 'start', {})
  refused(await s.del(`${T}/${t.id}`, started.json.rev), 409, 'not_deletable')
  const parent = await s.make('task', { subject: 'parent' })
  await s.make('task', { subject: 'child', parent: parent.id })
  refused(await s.del(`${T}/${parent.id}`, 1), 409, 'is_referred')
})

test('history shows each revision once, in order, with before and after', async () => {
  const t = await s.make('task', { subject: 'h1' })
  await s.patch(`${T}/${t.id}`, 1, { subject: 'h2', due: '2026-05-05' })
  await s.transition('task', { id: t.id, rev: 2 }, 'start', {})
  const h = (await s.get(`${T}/${t.id}/history`)).json.history
  assert.deepEqual(h.map((e) => e.rev), [1, 2, 3])
  assert.deepEqual(h[1].changes.subject, { before: 'h1', after: 'h2' })
  assert.deepEqual(h[1].changes.due, { before: null, after: '2026-05-05' })
  assert.equal(h[2].transition, 'start')
  assert.equal(h[0].actor, t.created_by)
})

test('the same Idempotency-Key and body: the same answer and one record; another body: 422', async () => {
  const headers = { 'idempotency-key': 'key-1' }
  const a = await s.post(T, { subject: 'once' }, { headers })
  const b = await s.post(T, { subject: 'once' }, { headers })
  assert.equal(a.status, 201)
  assert.equal(b.status, 201)
  assert.equal(a.text, b.text)
  assert.equal(a.etag, b.etag)
  assert.equal(b.headers.get('location'), a.headers.get('location'))
  refused(await s.post(T, { subject: 'other' }, { headers }), 422, 'idempotency_key_reused')
  assert.equal((await s.get(`${T}?subject=eq.once`)).json.count, 1)
})

test('eight requests with one key at once make one record', async () => {
  const headers = { 'idempotency-key': 'key-8' }
  const all = await Promise.all(Array.from({ length: 8 }, () => s.post(T, { subject: 'eight' }, { headers })))
  const good = all.filter((r) => r.status === 201)
  assert.ok(good.length >= 1)
  assert.ok(all.every((r) => r.status === 201 || r.status === 409), all.map((r) => r.status).join())
  assert.equal(new Set(good.map((r) => r.text)).size, 1)
  assert.equal((await s.get(`${T}?subject=eq.eight`)).json.count, 1)
})

test('a key counts for one user only, and for transitions too', async () => {
  const p = await s.person('keys', ['project_manager'])
  const headers = { 'idempotency-key': 'shared' }
  const a = await s.post(T, { subject: 'mine' }, { headers })
  const b = await s.post(T, { subject: 'mine' }, { headers, token: p.token })
  assert.equal(b.status, 201)
  assert.notEqual(a.json.id, b.json.id)
  const h2 = { 'idempotency-key': 'move' }
  const one = await s.transition('task', a.json, 'start', {}, { headers: h2 })
  const two = await s.transition('task', a.json, 'start', {}, { headers: h2 })
  assert.equal(one.status, 200, one.text)
  assert.equal(two.status, 200, two.text)
  assert.equal(one.text, two.text)
  assert.equal((await s.get(`${T}/${a.json.id}`)).json.rev, 2)
})

test('a key that is empty, too long, not visible characters or sent twice is refused', async () => {
  refused(await s.post(T, { subject: 'k' }, { headers: { 'idempotency-key': 'x'.repeat(201) } }), 400)
  assert.equal((await s.post(T, { subject: 'k' }, { headers: { 'idempotency-key': 'x'.repeat(200) } })).status, 201)
  refused(await s.post(T, { subject: 'k' }, { headers: { 'idempotency-key': 'a b' } }), 400, 'idempotency_key_syntax')
  const raw = await s.send(`POST ${T} HTTP/1.1\r\nHost: ${s.host}\r\nAuthorization: Bearer ${s.admin}\r\nContent-Type: application/json\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"subject":"k"}`)
  assert.match(raw, /^HTTP\/1\.1 4\d\d /)
  assert.equal((await s.get(`${T}?subject=eq.k`)).json.count, 1)
})

test('a failed write leaves its key free', async () => {
  const headers = { 'idempotency-key': 'after-failure' }
  refused(await s.post(T, { subject: '' }, { headers }), 422, 'required')
  assert.equal((await s.post(T, { subject: 'right' }, { headers })).status, 201)
})

test('what does not fit the type is 422 at its pointer; all mistakes are named at once', async () => {
  const id = '01900000-0000-7000-8000-000000000000'
  const cases = [
    [{}, '/subject', 'required'], [{ subject: null }, '/subject', 'required'], [{ subject: '' }, '/subject', 'required'],
    [{ subject: 5 }, '/subject', 'wrong_type'], [{ subject: 'x'.repeat(501) }, '/subject', 'too_long'],
    [{ subject: 'a', nope: 1 }, '/nope', 'unknown_field'], [{ subject: 'a', id }, '/id', 'read_only'], [{ subject: 'a', rev: 1 }, '/rev', 'read_only'],
    [{ subject: 'a', state: 'done' }, '/state', 'read_only'], [{ subject: 'a', number: 'T-1' }, '/number', 'read_only'],
    [{ subject: 'a', settlement_state: 'none' }, '/settlement_state', 'read_only'], [{ subject: 'a', cost: null }, '/cost', 'read_only'],
    [{ subject: 'a', company: id }, '/company', 'read_only'], [{ subject: 'a', created_by: id }, '/created_by', 'read_only'],
    [{ subject: 'a', due: '2026-02-30' }, '/due', 'wrong_type'], [{ subject: 'a', due: '2026-1-1' }, '/due', 'wrong_type'],
    [{ subject: 'a', estimate: -1 }, '/estimate', 'out_of_range'], [{ subject: 'a', estimate: 1.5 }, '/estimate', 'wrong_type'],
    [{ subject: 'a', progress: '1.1' }, '/progress', 'out_of_range'], [{ subject: 'a', progress: 0.5 }, '/progress', 'wrong_type'],
    [{ subject: 'a', progress: '0.33333' }, '/progress', 'too_precise'], [{ subject: 'a', plan: { amount: '1.005', currency: 'CNY' } }, '/plan', 'too_precise'],
    [{ subject: 'a', plan: { amount: 1, currency: 'CNY' } }, '/plan', 'wrong_type'], [{ subject: 'a', plan: { amount: '1', currency: 'XQQ' } }, '/plan', 'bad_currency'],
    [{ subject: 'a', plan: { amount: '99999999999999999999', currency: 'CNY' } }, '/plan', 'overflow'], [{ subject: 'a', plan: { amount: '-1', currency: 'CNY' } }, '/plan', 'out_of_range'],
    [{ subject: 'a', kind: 'nope' }, '/kind', 'not_an_option'], [{ subject: 'a', project: id }, '/project', 'link_to_nothing'], [{ subject: 'a', project: 'x' }, '/project', 'wrong_type'],
    [{ subject: 'a', participants: [id] }, '/participants', 'link_to_nothing'], [{ subject: 'a', tags: 'x' }, '/tags', 'wrong_type'],
    [{ subject: 'a', tags: Array.from({ length: 201 }, (_, i) => `t${i}`) }, '/tags', 'too_many_items'],
  ]
  for (const [body, at, code] of cases) {
    const r = await s.post(T, body)
    refused(r, 422, code)
    assert.ok(r.json.errors.some((e) => (e.pointer === at || e.pointer.startsWith(`${at}/`)) && e.code === code), `${JSON.stringify(body).slice(0, 100)}: ${r.text}`)
  }
  const many = await s.post(T, { due: 'x', nope: 1, estimate: 'y' })
  assert.deepEqual(many.json.errors.map((e) => e.pointer).toSorted(), ['/due', '/estimate', '/nope', '/subject'])
})

test('what is unique stays unique, also when eight come at once', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => s.post('/api/v1/records/connection', { name: 'only', connector: 'jira' })))
  assert.equal(all.filter((r) => r.status === 201).length, 1)
  all.filter((r) => r.status !== 201).forEach((r) => refused(r, 422, 'not_unique', '/name'))
})

test('a secret is written and never read', async () => {
  const c = await s.make('connection', { name: 'secretive', connector: 'jira', secret: 'canary-5f2c' })
  for (const path of ['', '/history', '/context', '/story']) assert.ok(!(await s.get(`/api/v1/records/connection/${c.id}${path}`)).text.includes('canary-5f2c'))
  assert.ok(!(await s.get('/api/v1/records/connection')).text.includes('canary-5f2c'))
  assert.ok(!('secret' in c))
  assert.ok(!s.stderr.includes('canary-5f2c'))
})

test('transitions move the state, carry fields along, and are refused with their reason', async () => {
  const t = await s.make('task', { subject: 'move' })
  const moved = await s.transition('task', t, 'start', { due: '2026-03-03' })
  assert.equal(moved.status, 200)
  assert.equal(moved.etag, '"2"')
  assert.deepEqual([moved.json.state, moved.json.due], ['in_progress', '2026-03-03'])
  refused(await s.transition('task', moved.json, 'start', {}), 409, 'wrong_state')
  refused(await s.transition('task', moved.json, 'nope', {}), 404, 'unknown_transition')
  refused(await s.transition('task', moved.json, 'finish', { nope: 1 }), 422, 'unknown_field')
  refused(await s.transition('task', moved.json, 'finish', { state: 'done' }), 422, 'read_only')
  const bare = await s.transition('task', moved.json, 'finish')
  assert.equal(bare.status, 200, bare.text)
  assert.equal(bare.json.state, 'done')
})

const money = (amount) => ({ amount, currency: 'CNY' })

test('a claim reserves budget; guard, requires, segregation of duties and an empty budget refuse', async () => {
  const fin1 = await s.person('fin1', ['finance'])
  const fin2 = await s.person('fin2', ['finance'])
  const budget = await s.make('budget', { title: 'B', lines: [{ name: 'L', planned: money('100.00') }] }, { token: fin1.token })
  const line = budget.lines[0].id
  await s.transition('budget', budget, 'activate', {}, { token: fin1.token })
  const draft = await s.make('expense_claim', { subject: 'Ad', claimant: fin1.employee.id }, { token: fin1.token })
  const early = await s.transition('expense_claim', draft, 'submit', {}, { token: fin1.token })
  refused(early, 422)
  const full = await s.patch(`/api/v1/records/expense_claim/${draft.id}`, 1, { budget_line: line, lines: [{ description: 'd', amount: money('60.00') }, { description: 'e', amount: money('30.00') }] }, { token: fin1.token })
  assert.equal(full.status, 200, full.text)
  assert.deepEqual(full.json.total, money('90.00'))
  const submitted = await s.transition('expense_claim', full.json, 'submit', {}, { token: fin1.token })
  assert.equal(submitted.status, 200, submitted.text)
  refused(await s.transition('expense_claim', submitted.json, 'approve', {}, { token: fin1.token }), 403, 'segregation_of_duties')
  refused(await s.patch(`/api/v1/records/expense_claim/${draft.id}`, submitted.json.rev, { claimant: fin2.employee.id }, { token: fin1.token }), 422, 'immutable')
  const second = await s.make('expense_claim', { subject: 'Too much', claimant: fin1.employee.id, budget_line: line, lines: [{ description: 'x', amount: money('10.01') }] }, { token: fin1.token })
  const over = await s.transition('expense_claim', second, 'submit', {}, { token: fin1.token })
  refused(over, 409, 'budget_exceeded')
  assert.equal((await s.get(`/api/v1/records/expense_claim/${second.id}`)).json.rev, 1)
  const approved = await s.transition('expense_claim', submitted.json, 'approve', {}, { token: fin2.token })
  assert.equal(approved.status, 200, approved.text)
  refused(await s.patch(`/api/v1/records/expense_claim/${draft.id}`, approved.json.rev, { subject: 'x' }), 409, 'posted')
  const entries = await s.all('commitment')
  const of = (stage) => entries.filter((e) => e.stage === stage).reduce((sum, e) => sum + Number(e.amount.amount), 0)
  assert.equal(of('pre_reserved'), 0)
  assert.equal(of('actual'), 90)
  refused(await s.post('/api/v1/records/commitment', {}), 409, 'append_only')
  const rejected = await s.transition('expense_claim', second, 'cancel', {}, { token: fin1.token })
  assert.equal(rejected.json.state, 'cancelled')
})

test('lines are told apart by id, kept, changed, added and removed', async () => {
  const E = '/api/v1/records/expense_claim'
  const c = await s.make('expense_claim', { subject: 'lines', lines: [{ description: 'a', amount: money('1.00') }, { description: 'b', amount: money('2.00') }] })
  const [a, b] = c.lines
  const r = await s.patch(`${E}/${c.id}`, 1, { lines: [{ id: b.id, amount: money('5.00') }, { description: 'c', amount: money('7.00') }] })
  assert.equal(r.status, 200, r.text)
  assert.deepEqual(r.json.lines.map((l) => l.description), ['b', 'c'])
  assert.equal(r.json.lines[0].id, b.id)
  assert.deepEqual(r.json.total, money('12.00'))
  refused(await s.patch(`${E}/${c.id}`, 2, { lines: [{ id: a.id }] }), 422)
  refused(await s.patch(`${E}/${c.id}`, 2, { lines: [{ id: b.id }, { id: b.id }] }), 422)
  refused(await s.patch(`${E}/${c.id}`, 2, { lines: [{ description: 'no amount' }] }), 422, 'required', '/lines/0/amount')
  refused(await s.patch(`${E}/${c.id}`, 2, { lines: [{ id: b.id }, { description: 'x', amount: { amount: '1', currency: 'USD' } }] }), 422)
  const many = await s.post(E, { subject: 'many', lines: Array.from({ length: 1001 }, () => ({ description: 'd', amount: money('1') })) })
  refused(many, 422, 'too_many_items')
})

test('an unknown type, record or transition is 404, and ids that are none as well', async () => {
  refused(await s.get('/api/v1/records/nope'), 404, 'unknown_type')
  refused(await s.get('/api/v1/records/expense_claim_line'), 404, 'unknown_type')
  for (const id of ['01900000-0000-7000-8000-000000000000', 'x', '1', '%27', '..%2f..', 'a%00b'])
    for (const more of ['', '/history', '/context', '/story'])
      assert.ok([404, 400].includes((await s.get(`${T}/${id}${more}`)).status), `${id}${more}`)
})

test('context says what may be done and why not, and who points here', async () => {
  const p = await s.make('project', { title: 'Context' })
  const t = await s.make('task', { subject: 'ctx', project: p.id })
  const c = (await s.get(`${T}/${t.id}/context`)).json
  assert.deepEqual(c.editable, { allowed: true })
  assert.deepEqual(c.deletable, { allowed: true })
  assert.deepEqual(Object.keys(c.transitions).toSorted(), ['cancel', 'finish', 'start'])
  assert.equal(c.labels[p.id].title, 'Context')
  assert.ok(c.read_only.cost)
  const of = (await s.get(`/api/v1/records/project/${p.id}/context`)).json
  assert.ok(of.links.some((l) => l.type === 'task' && l.field === 'project' && l.count === 1))
})

test('the story tells what led here and what came of it', async () => {
  const t = await s.make('task', { subject: 'story' })
  await s.transition('task', t, 'start', {})
  const r = await s.get(`${T}/${t.id}/story`)
  assert.equal(r.status, 200)
  assert.ok(r.json.events.length >= 2)
  assert.ok(r.json.events.every((e) => e.here === (e.subject?.id === t.id)))
  assert.deepEqual(r.json.events.map((e) => e.at), r.json.events.map((e) => e.at).toSorted())
})
