// kill -9 under load, round after round: every acknowledged write is there, and nothing that is keyed happened twice.
// SPDX-License-Identifier: Apache-2.0
import { test, after } from 'node:test'
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { Server, tandem, until } from '../http/server.mjs'
import { SECRET, cny, done, newIssue, sign } from '../http/support_s1.mjs'

const ROUNDS = Number(process.env.TANDEM_CRASH_ROUNDS ?? process.env.CRASH_ROUNDS ?? 5)
const WRITERS = 16
const RUN_MS = [150, 1200]
// A round that acknowledged next to nothing shows nothing.
const ACKS_MIN = 20 * ROUNDS

const s = new Server()
const acked = { creates: new Map(), updates: new Map(), transitions: new Map(), hooks: new Map() }
const pending = { creates: new Map(), hooks: new Map() }
let rounds = 0
let checked = {}

after(() => {
  if (s.child?.exitCode === null) s.child.kill('SIGKILL')
  if (s.data) rmSync(s.data, { recursive: true, force: true })
})

/** A request as a client makes it, without the checks that need more requests; null where the server went away. */
async function ask(method, path, { body, raw = body === undefined ? undefined : JSON.stringify(body), headers = {} }) {
  try {
    const r = await fetch(s.url + path, { method, body: raw, headers: { ...(raw === undefined ? {} : { 'content-type': 'application/json' }), ...headers } })
    return { status: r.status, json: await r.json() }
  } catch {
    return null
  }
}
const auth = () => ({ authorization: `Bearer ${s.admin}` })

async function create(key, body) {
  const r = await ask('POST', '/api/v1/records/task', { body, headers: { ...auth(), 'idempotency-key': key } })
  if (r?.status !== 201) return r && assert.ok(r.status === 409 || r.status === 503, `POST task: ${r.status} ${JSON.stringify(r.json)}`)
  assert.equal(r.json.subject, body.subject)
  const before = acked.creates.get(key)
  assert.ok(!before || before.id === r.json.id, `the key ${key} made ${before?.id} and ${r.json.id}`)
  acked.creates.set(key, { id: r.json.id, subject: body.subject })
  pending.creates.delete(key)
  return r.json
}

async function change(record) {
  const subject = `changed ${randomUUID()}`
  const r = await ask('PATCH', `/api/v1/records/task/${record.id}`, { body: { subject }, headers: { ...auth(), 'if-match': `"${record.rev}"` } })
  if (r?.status !== 200) return
  acked.updates.set(`${record.id} ${r.json.rev}`, { id: record.id, rev: r.json.rev, subject })
  const t = await ask('POST', `/api/v1/records/task/${record.id}/transitions/start`, { headers: { ...auth(), 'if-match': `"${r.json.rev}"` } })
  if (t?.status === 200) acked.transitions.set(record.id, { id: record.id, rev: t.json.rev })
}

async function hook(id, { raw, delivery }) {
  const r = await ask('POST', '/hooks/jira', { raw, headers: { 'x-hub-signature': sign(raw), 'x-atlassian-webhook-identifier': delivery } })
  if (r === null || r.status === 503 || r.status === 429) return
  assert.ok(r.status === 202 || r.status === 200, `hook: ${r.status} ${JSON.stringify(r.json)}`)
  const before = acked.hooks.get(id)
  assert.ok(!before || before === r.json.delivery, `the delivery ${delivery} was stored as ${before} and ${r.json.delivery}`)
  acked.hooks.set(id, r.json.delivery)
  pending.hooks.delete(id)
}

async function writer(n, over) {
  for (let i = 0; !over.now; i++) {
    if ((n + i) % 3 === 0) {
      const id = newIssue()
      const m = { raw: JSON.stringify(done(id, { plan: 1.25 })), delivery: randomUUID() }
      pending.hooks.set(id, m)
      await hook(id, m)
    } else {
      const key = randomUUID()
      const body = { subject: `task ${key}` }
      pending.creates.set(key, body)
      const record = await create(key, body)
      if (record && i % 4 === 1) await change(record)
    }
  }
}

async function round(i) {
  const over = { now: false }
  const failures = []
  const writers = Array.from({ length: WRITERS }, (_, n) => writer(n + i, over).catch((e) => failures.push(e)))
  await new Promise((r) => setTimeout(r, RUN_MS[0] + Math.random() * (RUN_MS[1] - RUN_MS[0])))
  s.child.kill('SIGKILL')
  over.now = true
  const { signal } = await s.exited
  assert.equal(signal, 'SIGKILL', `the server had ended by itself:\n${s.stderr.slice(-2000)}`)
  await Promise.all(writers)
  assert.deepEqual(failures, [])
  await s.serve()
  rounds++
  // What was not acknowledged is sent again with the same key: it may have been stored or not.
  for (const [key, body] of [...pending.creates]) await create(key, body)
  for (const [id, m] of [...pending.hooks]) await hook(id, m)
  // And some that were acknowledged, too: a client that lost the answer does so.
  for (const [key, { subject }] of [...acked.creates].slice(-20)) await create(key, { subject })
}

async function idle() {
  let last
  await until('all work to be done', async () => {
    const text = (await s.get('/metrics')).text
    const n = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)[1])
    const events = n('tandem_events_total')
    const still = n('tandem_jobs_waiting') + n('tandem_jobs_leased') + n('tandem_flow_lag_events') === 0 && events === last
    last = events
    return still
  }, 60000)
}

const by = (records, field) => Map.groupBy ? Map.groupBy(records, (r) => r[field]) : records.reduce((m, r) => m.set(r[field], [...(m.get(r[field]) ?? []), r]), new Map())
const cents = (m) => Math.round(Number(m.amount) * 100)

async function inHistory(id) {
  return (await s.get(`/api/v1/records/task/${id}/history`)).json.history
}

async function check() {
  await idle()
  const tasks = await s.all('task')
  const byId = new Map(tasks.map((t) => [t.id, t]))
  const subjects = by(tasks, 'subject')
  for (const [key, { id, subject }] of acked.creates) {
    const t = byId.get(id)
    assert.ok(t, `the acknowledged record ${id} of key ${key} is lost`)
    assert.ok((subjects.get(subject) ?? []).length <= 1, `${subject} is there twice`)
  }
  const histories = new Map()
  for (const { id, rev, subject } of acked.updates.values()) {
    const h = await inHistory(id)
    histories.set(id, h)
    assert.equal(h.find((e) => e.rev === rev)?.changes.subject?.after, subject, `the acknowledged change ${rev} of ${id} is lost`)
  }
  for (const { id, rev } of acked.transitions.values())
    assert.equal(histories.get(id).find((e) => e.rev === rev)?.transition, 'start', `the acknowledged transition ${rev} of ${id} is lost`)

  const claims = by(await s.all('expense_claim'), 'task')
  const settlements = by(await s.all('project_settlement'), 'task')
  const campaigns = by(tasks.filter((t) => t.outside_key), 'outside_key')
  const deliveries = new Map((await s.all('hook_delivery')).map((d) => [d.id, d]))
  for (const [id, delivery] of acked.hooks) {
    assert.equal(deliveries.get(delivery)?.state, 'processed', `the acknowledged message ${delivery}`)
    const found = campaigns.get(`DTF-${id}`) ?? []
    assert.equal(found.length, 1, `${found.length} tasks for DTF-${id}`)
    const c = claims.get(found[0].id) ?? [], p = settlements.get(found[0].id) ?? []
    assert.deepEqual([c.length, p.length], [1, 1], `claims and settlements of DTF-${id}`)
    assert.deepEqual([c[0].state, c[0].total, p[0].claim], ['submitted', cny('1.25'), c[0].id])
    assert.deepEqual(found[0].reserved, cny('1.25'))
  }

  const sums = new Map()
  for (const e of await s.all('commitment')) {
    const k = `${e.budget_line} ${e.stage}`
    sums.set(k, (sums.get(k) ?? 0) + cents(e.amount))
  }
  let lines = 0
  for (const b of await s.all('budget'))
    for (const l of b.lines) {
      assert.equal(cents(l.reserved), sums.get(`${l.id} pre_reserved`) ?? 0, `reserved of ${l.name}`)
      assert.equal(cents(l.actual), sums.get(`${l.id} actual`) ?? 0, `actual of ${l.name}`)
      assert.equal(cents(l.available), cents(l.planned) - cents(l.reserved) - cents(l.committed) - cents(l.actual), `available of ${l.name}`)
      lines++
    }

  // Each revision once, of a sample that always holds the newest, which were written when it was killed.
  let revisions = 0
  for (const t of tasks.slice(-150)) {
    const revs = (histories.get(t.id) ?? (await inHistory(t.id))).map((h) => h.rev).sort((x, y) => x - y)
    assert.deepEqual(revs, Array.from({ length: t.rev }, (_, i) => i + 1), `revisions of ${t.id}`)
    revisions += revs.length
  }
  const numbers = tasks.map((t) => t.number)
  assert.equal(new Set(numbers).size, numbers.length, 'a number was given twice')
  assert.deepEqual((await s.get('/api/v1/jobs?state=dead')).json.jobs, [])
  assert.deepEqual(await s.all('flow_run', 'state=neq.done'), [])
  const doctor = tandem(['doctor', '--data', s.data])
  assert.equal(doctor.code, 0, doctor.out + doctor.err)
  checked = {
    rounds, creates: acked.creates.size, updates: acked.updates.size, transitions: acked.transitions.size, webhooks: acked.hooks.size,
    lines, revisions, events: Number(/(\d+) events verified/.exec(doctor.out)?.[1]),
  }
}

test(`${ROUNDS} rounds of kill -9 under ${WRITERS} writers lose nothing that was acknowledged and do nothing twice`, { timeout: 60000 + ROUNDS * 15000 }, async () => {
  const made = await Server.start({ init: ['--demo'] })
  Object.assign(s, made)
  const set = tandem(['connection', 'secret', '--data', s.data, 'jira'], { input: SECRET })
  assert.equal(set.code, 0, set.err)
  for (let i = 0; i < ROUNDS; i++) {
    await round(i)
    if (i % 5 === 4 || i === ROUNDS - 1) await check()
  }
  console.log(`# checked ${JSON.stringify(checked)}`)
  const acks = checked.creates + checked.updates + checked.transitions + checked.webhooks
  assert.ok(acks >= ACKS_MIN, `only ${acks} acknowledged writes in ${rounds} rounds: this shows nothing`)
  assert.ok(checked.webhooks >= 3 * ROUNDS, `only ${checked.webhooks} acknowledged messages`)
  assert.ok(checked.updates >= ROUNDS && checked.transitions >= 1, `only ${checked.updates} changes`)
  await s.stop({ keep: true })
})

// A check that can't fail shows nothing: what was never stored must be missed.
test('the check misses what is not there', async () => {
  await s.serve()
  acked.creates.set('never', { id: randomUUID(), subject: 'never' })
  await assert.rejects(check, /is lost/)
  acked.creates.delete('never')
  acked.hooks.set('0', randomUUID())
  await assert.rejects(check, /acknowledged message/)
  await s.stop({ keep: true })
})
