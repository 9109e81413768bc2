// Lists: filters, order, select, limit, cursors, counts, labels; and what a query that is not understood gets.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { Server, refused, random } from './server.mjs'

let s, made, project
const T = '/api/v1/records/task'
const rows = [
  { subject: 'alpha', due: '2026-01-01', plan: '10.00', tags: ['红', 'blue'], estimate: 1, progress: '0.1', description: 'Ünïcode' },
  { subject: 'Beta', due: '2026-02-01', plan: '20.00', tags: ['blue'], estimate: 2, progress: '0.2' },
  { subject: '预算 审批', due: '2026-03-01', plan: '30.50', tags: ['绿'], estimate: 3 },
  { subject: '预算，审批', due: null, plan: null, tags: [], estimate: null },
  { subject: 'a,b(c)"d"\\e', due: '2026-01-01', plan: '-0', tags: ['a,b'], estimate: 4 },
  { subject: '100%', tags: ['_x'], estimate: 5 }, { subject: '100[x]?*', estimate: 6 }, { subject: 'STRASSE', estimate: 7 }, { subject: 'straße', estimate: 8 },
  { subject: "'; DROP TABLE r_task; --", estimate: 9 }, { subject: '𝟘😀', estimate: 10 }, { subject: '\uffee', estimate: 11 }, { subject: 'ALPHA', estimate: 12 },
]
before(async () => {
  s = await Server.start()
  project = await s.make('project', { title: '项目甲' })
  made = []
  for (const r of rows) made.push(await s.make('task', { ...r, plan: r.plan && r.plan !== '-0' ? { amount: r.plan, currency: 'CNY' } : null, project: project.id }))
})
after(() => s.stop())

const enc = encodeURIComponent
/** The subjects that a query finds, as a set, with the count checked against the rows. */
async function find(...conditions) {
  const query = conditions.map((c) => { const at = c.indexOf('='); return `${enc(c.slice(0, at))}=${enc(c.slice(at + 1))}` }).join('&')
  const r = await s.get(`${T}?limit=200&${query}`)
  assert.equal(r.status, 200, `${conditions}: ${r.text}`)
  assert.equal(r.json.count, r.json.records.length)
  return r.json.records.map((x) => x.subject).toSorted()
}
const subjects = (fn) => rows.filter(fn).map((r) => r.subject).toSorted()
const same = async (conditions, fn) => assert.deepEqual(await find(...[].concat(conditions)), subjects(fn), `${conditions}`)
async function bad(query, code, parameter) {
  const r = await s.get(`${T}?${query}`)
  refused(r, 400, code, parameter)
  assert.equal(r.json.code, 'query_invalid', r.text)
  assert.ok(r.json.errors.every((e) => 'parameter' in e))
}

test('eq is exact, neq and not.eq skip empty fields', async () => {
  await same('subject=eq.alpha', (r) => r.subject === 'alpha')
  await same('due=eq.2026-01-01', (r) => r.due === '2026-01-01')
  await same('due=neq.2026-01-01', (r) => r.due && r.due !== '2026-01-01')
  await same('due=not.eq.2026-01-01', (r) => r.due && r.due !== '2026-01-01')
  await same('estimate=neq.1', (r) => r.estimate != null && r.estimate !== 1)
  await same('subject=eq.', () => false)
})

test('an empty field fits nothing but is.null', async () => {
  const empty = (r) => r.due == null
  await same('due=is.null', empty)
  await same('due=not.is.null', (r) => !empty(r))
  for (const c of ['due=gt.1000-01-01', 'due=lte.9999-12-31', 'due=not.gt.9999-01-01', 'due=not.in.(1999-01-01)', 'due=not.lt.1000-01-01']) await same(c, (r) => !empty(r))
  await same('tags=is.null', (r) => !r.tags?.length)
  await same('tags=not.is.null', (r) => r.tags?.length > 0)
  await same('tags=neq.blue', (r) => r.tags?.length && !r.tags.includes('blue'))
  await same('tags=not.eq.blue', (r) => r.tags?.length && !r.tags.includes('blue'))
  await same('not.or=(tags.eq.blue,due.eq.1999-01-01)', (r) => r.tags?.length && !r.tags.includes('blue') && r.due)
})

test('comparisons of numbers, amounts, percents, days, moments and text by code point', async () => {
  await same(['estimate=gt.2', 'estimate=lte.5'], (r) => r.estimate > 2 && r.estimate <= 5)
  await same('plan=gte.20', (r) => Number(r.plan) >= 20)
  await same('plan=lt.20.00', (r) => r.plan && r.plan !== '-0' && Number(r.plan) < 20)
  await same('progress=eq.0.2', (r) => r.progress === '0.2')
  await same('due=gte.2026-02-01', (r) => r.due >= '2026-02-01')
  assert.equal((await s.get(`${T}?created_at=gt.2020-01-01T00:00:00Z`)).json.count, rows.length)
  assert.equal((await s.get(`${T}?created_at=lt.2020-01-01T00:00:00%2B08:00`)).json.count, 0)
  const above = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0
  await same('subject=gt.预', (r) => above(r.subject, '预'))
  await same('subject=gt.\uffee', (r) => above(r.subject, '\uffee'))
  assert.equal((await s.get(`${T}?archived=eq.false`)).json.count, rows.length)
  assert.equal((await s.get(`${T}?archived=is.true`)).json.count, 0)
})

test('in takes a list, with quotes where values hold commas, parentheses or quotes', async () => {
  await same('subject=in.(alpha,Beta)', (r) => ['alpha', 'Beta'].includes(r.subject))
  await same('subject=in.("a,b(c)\\"d\\"\\\\e",alpha)', (r) => ['a,b(c)"d"\\e', 'alpha'].includes(r.subject))
  await same('subject=eq."a,b(c)\\"d\\"\\\\e"', (r) => r.subject.startsWith('a,b'))
  await same('subject=eq.a,b(c)"d"\\e', (r) => r.subject.startsWith('a,b'))
  await same('or=(subject.eq."a,b(c)\\"d\\"\\\\e",subject.eq."预算，审批")', (r) => r.subject.startsWith('a,b') || r.subject === '预算，审批')
  await same('tags=in.("a,b",绿)', (r) => r.tags?.some((t) => ['a,b', '绿'].includes(t)))
  await same('estimate=not.in.(1,2,3)', (r) => r.estimate && ![1, 2, 3].includes(r.estimate))
  const ids = made.slice(0, 120).map((r) => r.id).join(',')
  assert.equal((await s.get(`${T}?id=in.(${ids})`)).json.count, made.length)
})

test('like is by code point, ilike is folded, * is any run and nothing else is special', async () => {
  await same('subject=like.alpha', (r) => r.subject === 'alpha')
  await same('subject=like.a*', (r) => r.subject.startsWith('a'))
  await same('subject=ilike.a*', (r) => /^a/i.test(r.subject))
  await same('subject=like.*审*', (r) => r.subject.includes('审'))
  await same('subject=ilike.预算*', (r) => r.subject.startsWith('预算'))
  await same('subject=like.100%', (r) => r.subject === '100%')
  await same('subject=like.100[x]?*', (r) => r.subject.startsWith('100[x]?'))
  await same('subject=like.?lpha', () => false)
  await same('subject=like._lpha', () => false)
  await same('subject=ilike.*ALPHA*', (r) => /alpha/i.test(r.subject))
  await same('subject=not.like.*a*', (r) => !r.subject.includes('a'))
  await same('description=ilike.ÜNÏ*', (r) => r.description)
  await same('subject=ilike.straße', (r) => /^stra(ß|ss)e$/i.test(r.subject))
  await same('tags=like.b*', (r) => r.tags?.some((t) => t.startsWith('b')))
  await same('subject=like."a,b*"', (r) => r.subject.startsWith('a,b'))
})

test('or, and, not nest five deep; a sixth level is refused', async () => {
  await same('or=(subject.eq.alpha,estimate.gte.11)', (r) => r.subject === 'alpha' || r.estimate >= 11)
  await same('and=(estimate.gt.2,or(estimate.lt.4,estimate.gt.11))', (r) => r.estimate > 2 && (r.estimate < 4 || r.estimate > 11))
  await same('and=(estimate.gt.2,not.or(estimate.lt.4,estimate.gt.11))', (r) => r.estimate > 2 && !(r.estimate < 4 || r.estimate > 11))
  await same('not.and=(estimate.gt.2,estimate.lt.5)', (r) => r.estimate != null && !(r.estimate > 2 && r.estimate < 5))
  const nest = (n) => (n === 1 ? '(subject.eq.alpha)' : `(${n % 2 ? 'or' : 'and'}${nest(n - 1)})`)
  await same(`and=${nest(5)}`, (r) => r.subject === 'alpha')
  await bad(`and=${nest(6)}`, 'filter_depth', 'and')
})

test('a hundred conditions are taken, one more is not', async () => {
  const or = (n) => `or=(${Array.from({ length: n }, (_, i) => `estimate.eq.${i}`).join(',')})`
  assert.equal((await s.get(`${T}?${or(100)}`)).status, 200)
  await bad(or(101), 'filter_count')
  await bad(`${or(100)}&subject=eq.a`, 'filter_count')
})

test('what is not understood is 400 and named', async () => {
  await bad('nope=eq.1', 'unknown_parameter', 'nope')
  await bad('foo=bar', 'unknown_parameter', 'foo')
  await bad('subject=alpha', 'unknown_operator', 'subject')
  await bad('subject=is_like.a', 'unknown_operator', 'subject')
  await bad('subject=not.not.eq.a', 'unknown_operator', 'subject')
  await bad('subject=EQ.a', 'unknown_operator', 'subject')
  await bad('estimate=eq.x', 'bad_operand', 'estimate')
  await bad('estimate=eq.9223372036854775808', 'bad_operand', 'estimate')
  await bad('due=gt.tomorrow', 'bad_operand', 'due')
  await bad('plan=gt.1e3', 'bad_operand', 'plan')
  await bad('project=eq.x', 'bad_operand', 'project')
  await bad('due=like.2026*', 'bad_operand', 'due')
  await bad('subject=is.true', 'bad_operand', 'subject')
  await bad('subject=in.alpha', 'filter_syntax', 'subject')
  await bad('subject=in.(a', 'filter_syntax', 'subject')
  for (const v of ['', '(', ')', '()', '(a)', '(subject.eq.a', 'subject.eq.a', '(subject.eq.a,)', '(subject.eq.a))', '(subject.eq."a)', '(,)']) await bad(`or=${enc(v)}`, undefined, 'or')
  await bad('or=(nope.eq.1)', 'unknown_parameter', 'nope')
  await bad('order=nope', 'unknown_parameter', 'order')
  await bad('order=subject.up', 'bad_order', 'order')
  await bad('order=subject.asc.x', 'bad_order', 'order')
  await bad('order=', undefined, 'order')
  await bad('order=tags', 'not_filterable', 'order')
  await bad('select=nope', 'unknown_parameter', 'select')
  await bad('select=subject,,due', 'unknown_parameter', 'select')
  await bad('select=project.nope', 'unknown_parameter', 'select')
  await bad('select=subject.title', 'unknown_parameter', 'select')
  await bad('select=project.manager.name', 'unknown_parameter', 'select')
  for (const l of ['0', '-1', '201', 'x', '', '1.5', '1e2', '99999999999999999999', ' 1', '+5']) await bad(`limit=${enc(l)}`, 'bad_limit', 'limit')
  await bad('limit=1&limit=2', 'repeated_parameter', 'limit')
  for (const c of ['x', '!!', 'bnVsbA', 'W10', 'WyIiXQ', enc(Buffer.from('["",1]').toString('base64url')), enc(Buffer.from('["subject.asc","a"]').toString('base64url'))]) await bad(`after=${c}`, 'bad_cursor', 'after')
  await bad('count=maybe', undefined, 'count')
  await bad('labels=1', undefined, 'labels')
  await bad('lines=is.null', 'unknown_parameter', 'lines')
  const two = await s.get(`${T}?nope=eq.1&due=gt.x&order=zzz`)
  assert.deepEqual(two.json.errors.map((e) => e.parameter).toSorted(), ['due', 'nope', 'order'])
  refused(await s.get(`${T}?subject=eq.%zz`), 400)
  refused(await s.get(`${T}?subject=eq.%ff`), 400)
})

test('a cursor counts for its own order only', async () => {
  const page = (await s.get(`${T}?order=subject&limit=2`)).json
  await bad(`order=due&limit=2&after=${page.next}`, 'bad_cursor', 'after')
  assert.equal((await s.get(`${T}?order=subject&limit=2&after=${page.next}`)).status, 200)
})

test('a secret field, json and lines can not be filtered or ordered by', async () => {
  for (const q of ['secret=eq.x', 'secret=is.null', 'secret=like.a*', 'or=(secret.eq.x)', 'order=secret']) refused(await s.get(`/api/v1/records/connection?${q}`), 400)
  refused(await s.get('/api/v1/records/connection?select=secret'), 400)
  refused(await s.get('/api/v1/records/expense_claim?lines=is.null'), 400, 'not_filterable', 'lines')
})

test('a value is only ever a value', async () => {
  await same("subject=eq.'; DROP TABLE r_task; --", (r) => r.subject.startsWith("';"))
  for (const v of ["x' OR '1'='1", '1); DELETE FROM r_task; --', '" OR 1=1 --', '%', '\\', '") OR ("1"="1']) await same(`subject=eq.${v}`, () => false)
  await same([], () => true)
})

test('select gives what is named and at most id and rev beside it, also through links', async () => {
  const r = await s.get(`${T}?select=subject,project.title,project&order=estimate&limit=1`)
  assert.deepEqual(Object.keys(r.json.records[0]).toSorted(), ['id', 'project', 'project.title', 'rev', 'subject'])
  assert.equal(r.json.records[0]['project.title'], '项目甲')
  assert.deepEqual(Object.keys((await s.get(`${T}?select=id&limit=1`)).json.records[0]).toSorted(), ['id', 'rev'])
  const none = await s.get(`${T}?select=parent.subject,assignee.name&limit=1`)
  assert.equal(none.json.records[0]['parent.subject'], null)
})

test('count=none leaves the count out; the default page is 50', async () => {
  assert.ok(!('count' in (await s.get(`${T}?count=none`)).json))
  assert.ok('count' in (await s.get(`${T}?count=exact`)).json)
  for (let i = 0; i < 51; i++) await s.make('comment', { text: `c${i}` })
  const r = (await s.get('/api/v1/records/comment')).json
  assert.deepEqual([r.records.length, r.count], [50, 51])
  assert.ok(r.next)
})

test('labels name what is linked', async () => {
  const r = (await s.get(`${T}?labels=true&limit=3`)).json
  assert.deepEqual(r.labels[project.id], { type: 'project', number: project.number, title: '项目甲' })
})

test('order goes both ways over several fields, empty fields last, and pages add up to the count', async () => {
  for (const order of ['subject', 'subject.desc', 'due.asc', 'due.desc', 'due.desc,subject.asc', 'plan.desc', 'plan.asc,due.desc,estimate.desc', 'created_at.desc', 'progress', 'project,parent.desc', 'state,kind.desc', 'archived', 'number.desc', 'id.desc', 'rev']) {
    const whole = (await s.get(`${T}?limit=200&order=${order}`)).json
    for (const limit of [1, 3, 5]) {
      const seen = []
      let next = ''
      do {
        const page = await s.get(`${T}?limit=${limit}&order=${order}${next && `&after=${next}`}`)
        assert.equal(page.status, 200, page.text)
        assert.equal(page.json.count, rows.length)
        seen.push(...page.json.records.map((x) => x.id))
        next = page.json.next
      } while (next)
      assert.deepEqual(seen, whole.records.map((x) => x.id), `${order} by ${limit}`)
    }
  }
  const due = (await s.get(`${T}?order=due.desc&limit=200`)).json.records.map((r) => r.due)
  assert.deepEqual(due, [...due.filter(Boolean).toSorted().toReversed(), ...due.filter((d) => !d)])
  const text = (await s.get(`${T}?order=subject&limit=200`)).json.records.map((r) => r.subject)
  assert.deepEqual(text, text.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
})

test('under other people\'s inserts and deletes no row comes twice and none that stayed is missed', async () => {
  const M = '/api/v1/records/milestone'
  const rnd = random(7)
  const stay = new Set()
  const going = []
  for (let i = 0; i < 60; i++) {
    const m = await s.make('milestone', { title: `m${rnd.int(9)}`, project: project.id })
    i % 3 ? stay.add(m.id) : going.push(m)
  }
  for (const order of ['title.asc', 'title.desc', 'created_at.desc', '']) {
    const seen = []
    let next = ''
    do {
      const page = (await s.get(`${M}?limit=7${order && `&order=${order}`}${next && `&after=${next}`}`)).json
      seen.push(...page.records.map((r) => r.id))
      next = page.next
      await s.make('milestone', { title: `m${rnd.int(9)}`, project: project.id })
      const gone = going.pop()
      if (gone) assert.equal((await s.del(`${M}/${gone.id}`, gone.rev)).status, 204)
    } while (next)
    assert.equal(new Set(seen).size, seen.length, order)
    for (const id of stay) assert.ok(seen.includes(id), order)
  }
})

test('search finds by number and title, folded, at most twenty, and treats signs as themselves', async () => {
  const q = async (text) => (await s.get(`/api/v1/search?q=${enc(text)}`)).json.results.map((r) => r.title)
  assert.ok((await q('ALPH')).includes('alpha'))
  assert.ok((await q('审批')).length === 2)
  assert.ok((await q('[x]?')).includes('100[x]?*'))
  assert.deepEqual(await q('%'), ['100%'])
  assert.ok((await q(made[0].number)).includes('alpha'))
  assert.ok((await q('a')).length <= 20)
  assert.deepEqual(await q(' '), [])
  assert.deepEqual(await q('x'.repeat(1000)), [])
  refused(await s.get('/api/v1/search'), 400, 'query_invalid', 'q')
  refused(await s.get('/api/v1/search?q=a&z=1'), 400, 'query_invalid', 'z')
  refused(await s.get('/api/v1/search?q=a&q=b'), 400, 'query_invalid', 'q')
})

test('other addresses take no query, and say so', async () => {
  for (const path of [`${T}/${made[0].id}`, `${T}/${made[0].id}/history`, '/api/v1/types', '/api/v1/session', '/api/v1/flows']) refused(await s.get(`${path}?x=1`), 400, 'unknown_parameter', 'x')
  refused(await s.post(`${T}?x=1`, { subject: 'q' }), 400, 'unknown_parameter', 'x')
})
