// Nobody sees or changes by any door what the rights do not give: list, count, get, search, labels, context, story,
// history and stream agree for every type and role (P16).
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { Server, refused } from './server.mjs'
import { Stream } from './stream.mjs'

const R = '/api/v1/records'
const roles = ['project_manager', 'finance', 'process_engineer', 'executive', 'purchasing', 'flow', 'sync']
let s, people, types, records
const money = (amount) => ({ amount, currency: 'CNY' })

before(async () => {
  s = await Server.start()
  people = []
  for (const role of roles) people.push(await s.person(role, [role]))
  people.push(await s.person('worker', []))
  people.push(await s.person('both', ['project_manager', 'finance']))
  const [pm, fin] = people
  const worker = people.find((p) => p.name === 'worker')
  const project = await s.make('project', { title: 'pm project', manager: pm.employee.id }, { token: pm.token })
  await s.make('project', { title: 'nobody project' })
  const task = await s.make('task', { subject: 'worker task', project: project.id, assignee: worker.employee.id }, { token: pm.token })
  await s.make('comment', { text: 'said', task: task.id }, { token: worker.token })
  await s.make('milestone', { title: 'stone', project: project.id })
  await s.make('program', { title: 'program' })
  await s.make('department', { name: 'department' })
  await s.make('connection', { name: 'jira-x', connector: 'jira', secret: 'canary-71ab' })
  const budget = await s.make('budget', { title: 'budget', owner: worker.employee.id, lines: [{ name: 'line', planned: money('500.00') }] }, { token: fin.token })
  await s.transition('budget', budget, 'activate', {}, { token: fin.token })
  for (const [who, amount] of [[worker, '10.00'], [pm, '20.00']]) {
    const c = await s.make('expense_claim', { subject: `claim of ${who.name}`, claimant: who.employee.id, project: project.id, task: task.id, budget_line: budget.lines[0].id, lines: [{ description: 'd', amount: money(amount) }] }, { token: fin.token })
    const sent = await s.transition('expense_claim', c, 'submit', {}, { token: fin.token })
    assert.equal(sent.status, 200, sent.text)
  }
  await s.make('time_entry', { task: task.id, duration: 3600000 }, { token: worker.token }).catch(() => s.make('time_entry', { task: task.id, duration: 3600000 }))
  types = (await s.get('/api/v1/types')).json.types.filter((t) => !t.part_of)
  records = {}
  for (const t of types) records[t.type] = await s.all(t.type)
})
after(() => s.stop())

const idsOf = (list) => new Set(list.map((r) => r.id))

test('an administrator sees records of most types, so that the others have something to hide', () => {
  const filled = Object.entries(records).filter(([, list]) => list.length > 0).map(([t]) => t)
  for (const t of ['task', 'project', 'expense_claim', 'budget', 'commitment', 'user', 'employee', 'connection', 'comment', 'notification']) assert.ok(filled.includes(t), `${t} has no record`)
})

test('list, count, get, context, story and history agree for every type, role and record', async () => {
  for (const p of people) {
    const o = { token: p.token }
    const mine = (await s.get('/api/v1/types', o)).json.types.map((t) => t.type)
    for (const t of types) {
      const list = await s.get(`${R}/${t.type}?limit=200`, o)
      if (!mine.includes(t.type)) {
        refused(list, 403, 'no_right')
        for (const r of records[t.type].slice(0, 2)) for (const door of ['', '/context', '/story', '/history']) assert.ok([403, 404].includes((await s.get(`${R}/${t.type}/${r.id}${door}`, o)).status), `${p.name} ${t.type}${door}`)
        continue
      }
      assert.equal(list.status, 200, `${p.name} ${t.type}: ${list.text}`)
      assert.equal(list.json.count, list.json.records.length)
      const seen = idsOf(list.json.records)
      for (const r of records[t.type]) {
        for (const door of ['', '/context', '/story', '/history']) {
          const one = await s.get(`${R}/${t.type}/${r.id}${door}`, o)
          assert.equal(one.status, seen.has(r.id) ? 200 : 404, `${p.name} ${t.type} ${r.title ?? r.subject ?? r.name ?? ''}${door}: ${one.text}`)
        }
        const filtered = (await s.get(`${R}/${t.type}?id=eq.${r.id}&limit=1`, o)).json
        assert.equal(filtered.count, seen.has(r.id) ? 1 : 0)
        if (seen.has(r.id)) continue
        assert.ok([403, 404].includes((await s.patch(`${R}/${t.type}/${r.id}`, r.rev, {}, o)).status), `${p.name} PATCH ${t.type}`)
        assert.ok([403, 404, 409].includes((await s.del(`${R}/${t.type}/${r.id}`, r.rev, o)).status), `${p.name} DELETE ${t.type}`)
      }
    }
  }
})

test('search and labels show only what get shows', async () => {
  for (const p of people) {
    const o = { token: p.token }
    const visible = new Set()
    for (const t of types) for (const r of (await s.get(`${R}/${t.type}?limit=200`, o)).json.records ?? []) visible.add(r.id)
    for (const q of ['a', 'e', 'claim', 'budget', 'project', '-', 'jira', 'Person', '员工']) for (const hit of (await s.get(`/api/v1/search?q=${encodeURIComponent(q)}`, o)).json.results) assert.ok(visible.has(hit.id), `${p.name} finds ${hit.type} ${hit.title} by ${q}`)
    for (const t of types) {
      const list = await s.get(`${R}/${t.type}?labels=true&limit=200`, o)
      if (list.status !== 200) continue
      for (const [id, label] of Object.entries(list.json.labels)) if (types.some((x) => x.type === label.type)) assert.ok(visible.has(id) || lineOf(id, visible), `${p.name}: label of ${label.type} ${label.title} in ${t.type}`)
      for (const r of list.json.records.slice(0, 3)) {
        const story = (await s.get(`${R}/${t.type}/${r.id}/story`, o)).json
        for (const e of story.events) if (e.subject) assert.ok(visible.has(e.subject.id), `${p.name}: story of ${t.type} names ${e.subject.type}`)
        const context = (await s.get(`${R}/${t.type}/${r.id}/context`, o)).json
        for (const [id, label] of Object.entries(context.labels)) assert.ok(visible.has(id) || lineOf(id, visible), `${p.name}: context of ${t.type} names ${label.title}`)
        for (const l of context.links) assert.ok(l.count <= (await s.get(`${R}/${l.type}?${l.field}=eq.${r.id}&limit=1`, o)).json.count || l.field === 'document' || l.field === 'subject' || l.field === 'record', `${p.name}: ${l.type}.${l.field}`)
      }
    }
  }
})

/** A label of a line carries the type of its document; it may be seen where the document is. */
function lineOf(id, visible) {
  return Object.values(records).flat().some((r) => visible.has(r.id) && Object.values(r).some((v) => Array.isArray(v) && v.some((l) => l?.id === id)))
}

test('what may not be read by its level is not there, by no door', async () => {
  const worker = people.find((p) => p.name === 'worker')
  const o = { token: worker.token }
  const U = `${R}/user`
  const me = (await s.get(`${U}/${worker.user.id}`, o)).json
  for (const f of ['roles', 'employee', 'active', 'name', 'demo_login']) {
    assert.ok(!(f in me), f)
    refused(await s.get(`${U}?${f}=not.is.null`, o), 400, 'unknown_parameter', f)
    refused(await s.get(`${U}?order=${f}`, o), 400)
    refused(await s.get(`${U}?select=${f}`, o), 400)
    refused(await s.get(`${U}?or=(${f}.is.null)`, o), 400)
  }
  refused(await s.get(`${R}/notification?select=to.roles`, o), 400)
  assert.ok(!(await s.get(`${U}/${worker.user.id}/history`, o)).text.includes('"roles"'))
  const described = (await s.get('/api/v1/types', o)).json.types.find((t) => t.type === 'user')
  assert.ok(!('roles' in described.fields))
  assert.ok(!JSON.stringify(described.views).includes('"roles"'))
})

test('the worker sees his own claim and not the other one; the project manager those of his projects', async () => {
  const see = async (name) => (await s.all('expense_claim', '', { token: people.find((p) => p.name === name).token })).map((r) => r.subject).toSorted()
  assert.deepEqual(await see('worker'), ['claim of worker'])
  assert.deepEqual(await see('project_manager'), ['claim of project_manager', 'claim of worker'])
  assert.deepEqual(await see('finance'), ['claim of project_manager', 'claim of worker'])
  assert.deepEqual(await see('purchasing'), [])
})

test('a change that would carry a record out of one\'s rights, or into them, is refused', async () => {
  const worker = people.find((p) => p.name === 'worker')
  const pm = people.find((p) => p.name === 'project_manager')
  refused(await s.post(`${R}/expense_claim`, { subject: 'for another', claimant: pm.employee.id }, { token: worker.token }), 403, 'no_right_row')
  const own = await s.make('expense_claim', { subject: 'own', claimant: worker.employee.id }, { token: worker.token })
  assert.equal((await s.patch(`${R}/expense_claim/${own.id}`, 1, { subject: 'own 2' }, { token: worker.token })).status, 200)
  const t = records.task.find((r) => r.subject === 'worker task')
  assert.equal((await s.patch(`${R}/task/${t.id}`, (await s.get(`${R}/task/${t.id}`)).json.rev, { description: 'done' }, { token: worker.token })).status, 200)
  const other = await s.make('task', { subject: 'not mine' })
  refused(await s.patch(`${R}/task/${other.id}`, 1, { subject: 'x' }, { token: worker.token }), 403, 'no_right_row')
  refused(await s.transition('task', other, 'start', {}, { token: worker.token }), 403, 'no_right')
  refused(await s.patch(`${R}/task/${other.id}`, 1, { project: records.program[0].id }), 422, 'link_to_nothing')
})

test('a link to what one may not see is refused as if it were not there', async () => {
  const p = people.find((x) => x.name === 'purchasing')
  const hidden = records.budget[0].lines[0].id
  refused(await s.post(`${R}/expense_claim`, { subject: 'x', claimant: p.employee.id, budget_line: hidden }, { token: p.token }), 422, 'link_to_nothing', '/budget_line')
})

test('the live stream tells each of what he may see and of nothing else', async () => {
  const worker = people.find((p) => p.name === 'worker')
  const fin = people.find((p) => p.name === 'finance')
  const streams = await Promise.all([worker, fin, ...people.filter((p) => p.name === 'purchasing')].map((p) => Stream.open(s, p.token)))
  const claim = await s.make('expense_claim', { subject: 'stream', claimant: fin.employee.id }, { token: fin.token })
  const own = await s.make('expense_claim', { subject: 'stream own', claimant: worker.employee.id }, { token: worker.token })
  const task = await s.make('task', { subject: 'seen by all' })
  for (const stream of streams) await stream.until((e) => e.data.id === task.id)
  const told = streams.map((x) => new Set(x.events.map((e) => e.data.id)))
  assert.ok(told[1].has(claim.id) && told[1].has(own.id))
  assert.ok(!told[0].has(claim.id) && told[0].has(own.id))
  assert.ok(!told[2].has(claim.id) && !told[2].has(own.id))
  streams.forEach((x) => x.close())
})

test('integration pages and jobs are for administrators and process engineers', async () => {
  for (const p of people)
    for (const path of ['/api/v1/jobs', '/api/v1/flows', '/api/v1/mappings']) {
      const r = await s.get(path, { token: p.token })
      p.name === 'process_engineer' ? assert.equal(r.status, 200, r.text) : refused(r, 403, 'no_right')
    }
})
