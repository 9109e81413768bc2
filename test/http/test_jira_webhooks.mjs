// Jira's messages at the door and what becomes of them: real ones of every shape, forged ones, repeats, people and projects never seen.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { refused } from './server.mjs'
import { account, cny, delivery, deliver, demoServer, done, fixture, issue, newIssue, nothingDead, one, outcome, quiet, root, SECRET, send, sign, taskOf, tick } from './support_s1.mjs'

let s
before(async () => { s = await demoServer() })
after(() => s?.stop())

let connections = 0
const foreseen = [] // messages that a test wants to fail
/** A connection of its own: nothing that another message made known is known there. */
async function connection(extra = {}) {
  const name = `j${++connections}`
  return s.make('connection', { name, connector: 'jira', mapping: 'jira_work', secret: SECRET, ...extra }, { token: s.engineer })
}

/* ---- The table of docs/user/jira-webhooks.md, told once more and independently ---- */

const lower = (x) => x?.toLowerCase()
const KIND = { story: 'story', bug: 'bug', epic: 'epic' }
const PRIORITY = { highest: 'urgent', critical: 'urgent', blocker: 'urgent', high: 'high', major: 'high', low: 'low', minor: 'low', lowest: 'low', trivial: 'low' }
const STATE = { new: 'todo', undefined: 'todo', indeterminate: 'in_progress', done: 'done' }
const stateOf = (status) => STATE[status.statusCategory?.key] ?? (['done', 'closed', 'resolved'].includes(lower(status.name)) ? 'done' : ['open', 'to do', 'reopened'].includes(lower(status.name)) ? 'todo' : 'in_progress')

function expectedTask(m) {
  const f = m.issue.fields
  const e = {
    subject: f.summary, outside_key: m.issue.key, outside_url: `${m.issue.self.split('/rest/')[0]}/browse/${m.issue.key}`, state: stateOf(f.status),
    priority: PRIORITY[lower(f.priority?.name)] ?? 'normal', kind: f.labels?.some((l) => lower(l) === 'campaign') ? 'campaign' : KIND[lower(f.issuetype.name)] ?? 'task',
    tags: f.labels ?? [], due: f.duedate ?? null, plan: null,
    estimate: f.timeoriginalestimate == null ? null : f.timeoriginalestimate * 1000,
  }
  // A comment's message has no labels, so what they decide is not told.
  if (f.labels === undefined) delete e.tags, (e.kind = 'task')
  if (f.description !== undefined) e.description = typeof f.description === 'string' && f.description !== '' ? f.description : null
  return e
}

async function check(m, c, d) {
  const accounts = new Map((await s.all('identity', `connection=eq.${c.id}`)).map((i) => [i.account, i]))
  const knows = (a) => {
    if (!a) return
    const i = accounts.get(a.accountId ?? a.key ?? a.name)
    assert.ok(i, `the account of ${a.displayName} is listed`)
    assert.deepEqual([i.title, i.employee], [a.displayName, null])
  }
  const made = (type) => s.all(type, `origin=like.*&created_at=gte.${d.created_at}`)
  const tasks = (await made('task')).filter((t) => Date.parse(t.created_at) >= Date.parse(d.created_at))
  if (m.webhookEvent === 'jira:issue_deleted') return assert.deepEqual([tasks.length, d.state], [0, 'processed'])
  assert.equal(tasks.length, 1, 'one task')
  const task = tasks[0]
  if (m.issue) {
    for (const [field, value] of Object.entries(expectedTask(m))) assert.deepEqual(task[field] === '' ? null : task[field], value, field)
    const project = (await s.get(`/api/v1/records/project/${task.project}`)).json
    const { name, key } = m.issue.fields.project
    assert.deepEqual([project.title, project.key, project.state, project.manager], [name, key, 'active', null])
    assert.equal(task.assignee, null)
    knows(m.issue.fields.assignee)
  } else {
    assert.deepEqual([task.subject, task.state, task.project], [`Jira ${m.comment.self.split('/issue/')[1].split('/')[0]}`, 'todo', null])
  }
  const comments = await s.all('comment', `task=eq.${task.id}`)
  assert.equal(comments.length, m.comment ? 1 : 0)
  if (m.comment) {
    assert.deepEqual([comments[0].text, comments[0].outside_author, comments[0].author], [m.comment.body, m.comment.author.displayName, null])
    assert.equal(comments[0].project, task.project)
    knows(m.comment.author)
  }
}

const real = join(process.env.TANDEM_SHARED ?? join(root, '..', 'shared'), 'data/real/jira-webhooks')
const skip = existsSync(real) ? false : `no real messages at ${real}: set TANDEM_SHARED to the folder that holds data/real/jira-webhooks`

test('real messages of every shape are taken, signed and by a secret in the address, and become what the table says', { skip }, async () => {
  const files = readdirSync(real).filter((f) => f.endsWith('.json'))
  assert.ok(files.length >= 14, `${files.length} files`)
  const before = (await s.all('expense_claim')).length
  for (const file of files)
    for (const secret of [undefined, SECRET]) {
      const raw = readFileSync(join(real, file), 'utf8')
      const message = JSON.parse(raw)
      const c = await connection()
      try {
        const r = await send(s, raw, { connection: c.name, id: secret ? null : randomUUID(), secret })
        assert.equal(r.status, 202, r.text)
        assert.equal(r.json.repeat, false)
        await quiet(s)
        const d = await delivery(s, r)
        assert.deepEqual([d.state, d.reason, d.event, d.connection], ['processed', null, message.webhookEvent, c.id])
        assert.equal(d.body, raw)
        await check(message, c, d)
      } catch (e) {
        e.message = `${file}, ${secret ? 'secret in the address' : 'signed'}: ${e.message}`
        throw e
      }
    }
  assert.equal((await s.all('expense_claim')).length, before, 'none of them is a finished campaign')
  await nothingDead(s, foreseen)
})

test('the real messages of one issue in the order in which they were sent leave it as the last one says', { skip }, async () => {
  const c = await connection()
  const messages = readdirSync(real).map((f) => readFileSync(join(real, f), 'utf8')).filter((t) => JSON.parse(t).issue?.id === '10040')
  messages.sort((a, b) => JSON.parse(a).timestamp - JSON.parse(b).timestamp)
  for (const raw of messages) assert.equal((await send(s, raw, { connection: c.name })).status, 202)
  await quiet(s)
  const last = JSON.parse(messages.at(-1))
  const project = (await s.all('project', `origin=like.*&order=created_at.desc`))[0]
  const task = await one(s, 'task', `project=eq.${project.id}`)
  assert.deepEqual([task.subject, task.tags, task.state], [last.issue.fields.summary, last.issue.fields.labels, 'todo'])
})

/* ---- The door ---- */

test('a forged, missing or wrongly made signature is refused, and nothing is stored', async () => {
  const raw = JSON.stringify(done(newIssue()))
  const before = (await s.all('hook_delivery')).length
  const hmac = (algorithm, key = SECRET) => createHmac(algorithm, key).update(raw).digest('hex')
  const forged = {
    bad_signature: [`sha256=${hmac('sha256', 'guessed')}`, `sha1=${hmac('sha1')}`, `sha512=${hmac('sha512')}`, hmac('sha256'), `sha256=${hmac('sha256').slice(0, -1)}`,
      `sha256=${hmac('sha256')}0`, 'sha256=', `md5=${hmac('md5')}`, `sha256=${hmac('sha256', '')}`, SECRET.replace(/[^ -~]/g, '')],
    signature_missing: [null],
  }
  for (const [code, signatures] of Object.entries(forged))
    for (const signature of signatures)
      for (const lang of ['en', 'zh-CN']) {
        const r = await send(s, raw, { signature, headers: { 'accept-language': lang } })
        refused(r, 401, code)
        assert.match(r.json.detail, lang === 'en' ? /sign/ : /签名/)
        assert.ok(!r.text.includes(hmac('sha256')), 'the right signature is not told')
      }
  refused(await send(s, raw, { secret: 'guessed' }), 401, 'bad_signature')
  refused(await send(s, raw, { secret: `${SECRET}x` }), 401, 'bad_signature')
  // Who signs must sign rightly, whatever stands in the address.
  refused(await send(s, raw, { secret: SECRET, headers: { 'x-hub-signature': 'sha256=00' } }), 401, 'bad_signature')
  assert.equal((await s.all('hook_delivery')).length, before)
})

test('one byte changed anywhere in a signed body is refused', async () => {
  const raw = Buffer.from(JSON.stringify({ timestamp: tick(), webhookEvent: 'sprint_started', sprint: { name: '冲刺' } }))
  const signature = sign(raw)
  for (let i = 0; i < raw.length; i += 3) {
    const bytes = Buffer.from(raw)
    bytes[i] ^= 1
    const r = await s.call('POST', '/hooks/jira', { raw: bytes, token: null, headers: { 'content-type': 'application/json', 'x-hub-signature': signature } })
    assert.equal(r.status, 401, `byte ${i}: ${r.text}`)
  }
  for (const bytes of [Buffer.concat([raw, Buffer.from(' ')]), raw.subarray(0, -1)])
    assert.equal((await s.call('POST', '/hooks/jira', { raw: bytes, token: null, headers: { 'content-type': 'application/json', 'x-hub-signature': signature } })).status, 401)
})

test('what is no JSON object is refused with its code, in both languages', async () => {
  const bad = [['', null], ['{', 'json_syntax'], ['not json', 'json_syntax'], ['{"a":1,"a":2}', 'json_syntax'], ['{"a":NaN}', 'json_syntax'], ['[1]', 'json_not_object'], ['null', 'json_not_object'], ['"text"', 'json_not_object'],
    ['{"a":"\u0000"}', null], [`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`, null]]
  for (const [raw, code] of bad)
    for (const lang of ['en', 'zh-CN']) {
      const r = await send(s, raw, { headers: { 'accept-language': lang } })
      refused(r, 400, code)
      assert.equal(/[\u4e00-\u9fff]/.test(r.json.detail), lang === 'zh-CN', r.json.detail)
    }
  const bytes = Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])
  refused(await s.call('POST', '/hooks/jira', { raw: bytes, token: null, headers: { 'content-type': 'application/json', 'x-hub-signature': sign(bytes) } }), 400, 'json_syntax')
})

test('more than a mebibyte is refused; just under it is taken', async () => {
  const of = (size) => {
    const head = `{"timestamp":${tick()},"webhookEvent":"big","x":"`
    return `${head}${'a'.repeat(size - head.length - 2)}"}`
  }
  refused(await send(s, of((1 << 20) + 1)), 413, 'body_too_large')
  const r = await send(s, of(1 << 20))
  assert.equal(r.status, 202, r.text)
  await quiet(s)
  assert.equal((await delivery(s, r)).state, 'unknown')
})

test('an unknown event is kept and listed', async () => {
  const before = (await s.all('hook_delivery', 'state=eq.unknown')).length
  const tasks = (await s.all('task')).length
  const events = [fixture('event-unknown.json'), { timestamp: tick(), webhookEvent: 'jira:version_released', version: { id: '1' } }, { timestamp: tick() }, {}, { webhookEvent: 7 }, { webhookEvent: null }]
  for (const e of events) {
    const d = await deliver(s, e)
    assert.equal(d.state, 'unknown')
    assert.ok(d.reason)
  }
  const listed = await s.all('hook_delivery', 'state=eq.unknown', { token: s.engineer })
  assert.equal(listed.length, before + events.length)
  assert.ok(listed.some((d) => d.event === 'sprint_started' && d.body.includes('双12 冲刺 3')))
  assert.equal((await s.all('task')).length, tasks)
  await nothingDead(s, foreseen)
})

test('a connection that is not there, is switched off or has no secret', async () => {
  const m = done(newIssue())
  refused(await send(s, m, { connection: 'nobody' }), 404, 'no_connection')
  refused(await send(s, m, { connection: '%2e%2e%2fjira' }), 404)
  const c = await connection()
  const off = await s.patch(`/api/v1/records/connection/${c.id}`, c.rev, { on: false }, { token: s.engineer })
  assert.equal(off.status, 200)
  refused(await send(s, m, { connection: c.name }), 409, 'connection_off')
  await s.patch(`/api/v1/records/connection/${c.id}`, off.json.rev, { on: true }, { token: s.engineer })
  assert.equal((await send(s, m, { connection: c.name })).status, 202)
  const bare = await connection({ secret: undefined })
  refused(await send(s, m, { connection: bare.name }), 409, 'no_secret')
  refused(await send(s, m, { connection: bare.name, signature: sign(JSON.stringify(m), '') }), 409, 'no_secret')
  refused(await send(s, m, { connection: bare.name, secret: '' }), 404)
  await quiet(s)
})

test('a secret that was changed counts at once, and is never shown', async () => {
  const c = await connection()
  assert.ok(!JSON.stringify(c).includes(SECRET))
  assert.equal((await send(s, done(newIssue()), { connection: c.name })).status, 202)
  s.setSecret(c.name, 'another')
  const m = done(newIssue())
  refused(await send(s, m, { connection: c.name }), 401)
  assert.equal((await send(s, m, { connection: c.name, signature: sign(JSON.stringify(m), 'another') })).status, 202)
  for (const path of [`/api/v1/records/connection/${c.id}`, `/api/v1/records/connection/${c.id}/history`]) {
    const { text } = await s.get(path)
    assert.ok(!text.includes('another') && !text.includes(SECRET), path)
  }
  await quiet(s)
})

/* ---- What is Jira's and what is ours ---- */

test("Jira's fields of a mirrored task are read-only here, with the reason; our own may be written", async () => {
  const id = newIssue()
  await deliver(s, issue({ id, to: 'in_progress', plan: 5 }))
  let task = await taskOf(s, id)
  const theirs = { subject: 'x', kind: 'bug', project: null, assignee: null, priority: 'low', tags: ['x'], due: '2027-01-01', estimate: 1000, plan: cny('9.00'), description: 'x', outside_key: 'x', outside_url: 'x' }
  for (const lang of ['en', 'zh-CN'])
    for (const [field, value] of Object.entries(theirs))
      for (const token of [s.pm, s.admin]) {
        const r = await s.patch(`/api/v1/records/task/${task.id}`, task.rev, { [field]: value }, { token, headers: { 'accept-language': lang } })
        refused(r, 422, 'owned_outside', `/${field}`)
        assert.match(r.json.errors[0].detail, lang === 'en' ? /belongs to Jira/ : /由 Jira 维护/)
      }
  const told = (await s.get(`/api/v1/records/task/${task.id}/context`, { token: s.pm })).json.read_only
  for (const field of Object.keys(theirs)) assert.match(told[field] ?? '', /Jira/, field)
  // The state is Jira's too.
  const moves = (await s.get(`/api/v1/records/task/${task.id}/context`, { token: s.pm })).json.transitions
  assert.deepEqual([moves.finish.allowed, /Jira/.test(moves.finish.reason)], [false, true])
  for (const name of ['finish', 'stop', 'cancel']) {
    const r = await s.transition('task', task, name, undefined, { token: s.pm })
    refused(r, 422, 'owned_outside')
    assert.match(r.json.detail, /Jira/)
  }
  const r = await s.patch(`/api/v1/records/task/${task.id}`, task.rev, { progress: '0.5', participants: [] }, { token: s.pm })
  assert.equal(r.status, 200, r.text)
  task = r.json
  await deliver(s, issue({ id, from: null, to: 'in_progress', plan: 6 }))
  const after = await taskOf(s, id)
  assert.deepEqual([Number(after.progress), after.plan], [0.5, cny('6.00')])
  // A project's manager and state are ours, its name is Jira's.
  const project = (await s.get(`/api/v1/records/project/${task.project}`)).json
  refused(await s.patch(`/api/v1/records/project/${project.id}`, project.rev, { title: 'x' }, { token: s.pm }), 422, 'owned_outside', '/title')
  assert.equal((await s.patch(`/api/v1/records/project/${project.id}`, project.rev, { customer_ref: 'x' }, { token: s.pm })).status, 200)
})

test('projects and accounts never seen are taken; once somebody says who it is, later messages know', async () => {
  const who = randomUUID()
  const id = newIssue()
  await deliver(s, issue({ id, to: 'in_progress', project: '4711', assignee: who }))
  const task = await taskOf(s, id)
  const project = (await s.get(`/api/v1/records/project/${task.project}`)).json
  assert.deepEqual([project.title, project.key, project.state, project.manager], ['项目 Project 4711', 'P4711', 'active', null])
  assert.equal(task.assignee, null)
  const identity = await one(s, 'identity', `account=eq.${who}`, { token: s.engineer })
  assert.deepEqual([identity.employee, identity.title], [null, `账号 ${who.slice(-4)}`])
  const employee = (await s.all('employee', 'employee_no=eq.1022'))[0]
  assert.equal((await s.patch(`/api/v1/records/identity/${identity.id}`, identity.rev, { employee: employee.id }, { token: s.engineer })).status, 200)
  assert.equal((await taskOf(s, id)).assignee, null)
  await deliver(s, issue({ id, from: null, to: 'in_progress', project: '4711', assignee: who }))
  assert.equal((await taskOf(s, id)).assignee, employee.id)
  const next = newIssue()
  await deliver(s, issue({ id: next, to: 'todo', project: '4711', assignee: who }))
  const second = await taskOf(s, next)
  assert.deepEqual([second.assignee, second.project], [employee.id, project.id])
  assert.equal((await s.all('identity', `account=eq.${who}`)).length, 1)
  // Null clears, and the same account at another connection is somebody else.
  await deliver(s, issue({ id, from: null, to: 'in_progress', project: '4711', assignee: null }))
  assert.equal((await taskOf(s, id)).assignee, null)
  const c = await connection()
  await deliver(s, issue({ id: newIssue(), to: 'todo', assignee: who, project: '4711' }), { connection: c.name })
  assert.equal((await s.all('identity', `account=eq.${who}`)).length, 2)
})

test('many first messages of one unknown project and person at once make one of each', async () => {
  const who = randomUUID()
  const messages = Array.from({ length: 24 }, () => issue({ id: newIssue(), to: 'todo', project: '4712', assignee: who }))
  const answers = await Promise.all(messages.map((m) => send(s, m)))
  assert.ok(answers.every((r) => r.status === 202))
  await quiet(s)
  const project = await one(s, 'project', 'key=eq.P4712')
  assert.equal((await s.all('task', `project=eq.${project.id}`)).length, 24)
  assert.equal((await s.all('identity', `account=eq.${who}`)).length, 1)
  await nothingDead(s, foreseen)
})

test('comments and worklogs come, change and go with their task; a deleted issue is archived and what hangs on it stays', async () => {
  const c = await connection()
  const at = { connection: c.name }
  const mine = async (type, text) => (await s.all(type, `origin=like.*&order=created_at.desc`)).filter((r) => (r.text ?? r.remark)?.includes(text))
  await deliver(s, fixture('campaign-created.json'), at)
  await deliver(s, fixture('comment-created-cloud.json'), at)
  await deliver(s, fixture('worklog-created.json'), at)
  const [comment] = await mine('comment', '画面已定稿')
  const [entry] = await mine('time_entry', '勘察点位')
  assert.equal(comment.task, entry.task)
  assert.deepEqual([entry.duration, entry.date, entry.employee], [7200000, '2026-11-24', null])
  await deliver(s, fixture('worklog-updated.json'), at)
  await deliver(s, fixture('worklog-deleted.json'), at)
  const gone = (await s.get(`/api/v1/records/time_entry/${entry.id}`)).json
  assert.equal(gone.archived, true)
  await deliver(s, fixture('comment-updated-server.json'), at)
  const [other] = await mine('comment', '请附上合同')
  assert.equal((await s.get(`/api/v1/records/task/${other.task}`)).json.subject, 'Jira 10302')
  await deliver(s, fixture('comment-deleted-server.json'), at)
  assert.equal((await s.get(`/api/v1/records/comment/${other.id}`)).json.archived, true)
  await deliver(s, fixture('issue-deleted.json'), at)
  const task = (await s.get(`/api/v1/records/task/${comment.task}`)).json
  assert.equal(task.archived, true)
  assert.equal((await s.get(`/api/v1/records/comment/${comment.id}`)).json.archived, false)
  const last = (await s.get(`/api/v1/records/task/${task.id}/history`)).json.history.find((h) => h.type === 'record.archived')
  assert.match(JSON.stringify(last.changes), /deleted in Jira/)
  // The issue's own message makes a task of what was only known by a comment.
  const late = issue({ id: '10302', to: 'in_progress', summary: 'now known', labels: [] })
  late.timestamp = 1795566100000
  await deliver(s, late, at)
  const known = (await s.get(`/api/v1/records/task/${other.task}`)).json
  assert.deepEqual([known.subject, known.state], ['now known', 'in_progress'])
})

test('a comment never moves a state, also of a campaign that is done', async () => {
  const id = newIssue()
  await deliver(s, done(id, { plan: 3 }))
  const comment = JSON.parse(fixture('comment-created-cloud.json'))
  comment.timestamp = tick()
  comment.issue.id = id
  comment.comment.id = `c${id}`
  comment.comment.self = `https://skyline.example/jira/rest/api/2/issue/${id}/comment/1`
  await deliver(s, comment)
  const { task, claims } = await outcome(s, id).catch(async () => ({ task: (await s.all('comment', 'order=created_at.desc'))[0] }))
  if (claims) assert.equal(claims.length, 1)
  const t = task.outside_key ? task : (await s.get(`/api/v1/records/task/${task.task}`)).json
  assert.equal(t.state, 'done')
})

/* ---- What goes wrong ---- */

test('a message that the fields refuse fails as a whole with the reason, and the next of the same issue goes on', async () => {
  const id = newIssue()
  const bad = issue({ id, to: 'todo', summary: '长'.repeat(501) })
  bad.issue.fields.project = { ...bad.issue.fields.project, id: '4713', key: 'P4713', name: 'never' }
  const d = await deliver(s, bad)
  assert.equal(d.state, 'failed')
  foreseen.push(d.id)
  assert.match(d.reason, /Subject|subject/)
  assert.equal((await s.all('project', 'key=eq.P4713')).length, 0, 'nothing of it is written')
  const dead = (await s.get('/api/v1/jobs?state=dead')).json.jobs.filter((j) => j.payload.delivery === d.id)
  assert.equal(dead.length, 1)
  assert.ok(dead[0].error)
  // Replayed it fails again, and can be given up.
  assert.equal((await s.post(`/api/v1/jobs/${dead[0].id}/replay`, undefined, { token: s.engineer })).status, 202)
  await quiet(s)
  const again = (await s.get(`/api/v1/records/hook_delivery/${d.id}`)).json
  assert.equal(again.state, 'failed')
  await deliver(s, issue({ id, to: 'todo', summary: 'good' }))
  assert.equal((await taskOf(s, id)).subject, 'good')
  assert.equal((await s.post(`/api/v1/jobs/${dead[0].id}/drop`, undefined, { token: s.engineer })).status, 204)
  assert.deepEqual((await s.get('/api/v1/jobs?state=dead')).json.jobs, [])
})

test('odd values in the fields that people type do no harm', async () => {
  const odd = [
    [{ customfield_10200: '12,000' }, { plan: null }], [{ customfield_10200: '5000.50' }, { plan: cny('5000.50') }], [{ customfield_10200: { value: 'x' } }, { plan: null }],
    [{ customfield_10200: 0 }, { plan: cny('0.00') }], [{ customfield_10200: 0.1 + 0.2 }, { plan: cny('0.30') }], [{ customfield_10200: 1e300 }, { plan: null }], [{ customfield_10200: 99999999999999 }, { plan: null }], [{ customfield_10200: 999999999999 }, { plan: cny('999999999999.00') }],
    [{ duedate: null }, { due: null }], [{ description: null }, { description: null }], [{ description: { type: 'doc' } }, { description: null }],
    [{ labels: [] }, { tags: [], kind: 'task' }], [{ labels: ['campaign', 'x'.repeat(61), '活动'] }, { tags: ['campaign', '活动'], kind: 'campaign' }],
    [{ priority: null }, { priority: 'normal' }], [{ priority: { name: 'P1 – now!' } }, { priority: 'normal' }], [{ priority: { name: '最高' } }, { priority: 'urgent' }],
    [{ assignee: {} }, { assignee: null }], [{ assignee: { displayName: 'x' } }, { assignee: null }], [{ issuetype: { name: '故事' } }, { kind: 'campaign' }],
    [{ timeoriginalestimate: 3600 }, { estimate: 3600000 }], [{ timeoriginalestimate: null }, { estimate: null }],
    [{ status: { id: '9', name: 'Whatever' } }, { state: 'in_progress' }], [{ status: { id: '9', name: '已关闭', statusCategory: null } }, { state: 'done' }], [{ summary: '𝄞 \u202e عربى "quotes" \\ \n tab\t' }, {}],
  ]
  for (const [fields, expected] of odd) {
    const id = newIssue()
    const m = issue({ id, to: 'todo', plan: 1 })
    Object.assign(m.issue.fields, fields)
    const d = await deliver(s, m)
    assert.deepEqual([d.state, d.reason], ['processed', null], JSON.stringify(fields))
    const task = await taskOf(s, id)
    for (const [k, v] of Object.entries(expected)) assert.deepEqual(task[k], v, JSON.stringify(fields))
  }
  await nothingDead(s, foreseen)
})

test('half a message changes half a record: what it lacks stays', async () => {
  const id = newIssue()
  await deliver(s, issue({ id, to: 'in_progress', plan: 7, assignee: account('02') }))
  const before = await taskOf(s, id)
  const m = issue({ id, from: null, to: 'in_progress' })
  m.issue.fields = { summary: 'only this' }
  await deliver(s, m)
  const after = await taskOf(s, id)
  assert.equal(after.subject, 'only this')
  for (const field of ['assignee', 'plan', 'project', 'state', 'tags', 'kind', 'priority', 'due', 'description']) assert.deepEqual(after[field], before[field], field)
  assert.ok(after.assignee && after.plan)
})
