// What the tests of Jira's messages and of story S1 share: messages shaped as Jira's, signing, and waiting until all is done.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Server, tandem, until } from './server.mjs'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const SECRET = 'It is 秘密 no more'
export const account = (n) => `557058:6f0c1a52-2f7e-4d0b-9a44-3b1de1c0a1${n}`
export const fixture = (name) => readFileSync(join(root, 'test/fixtures/jira', name), 'utf8')
export const cny = (amount) => ({ amount, currency: 'CNY' })

export const sign = (raw, secret = SECRET) => `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`

/** The demo company with a secret that the test knows. */
export async function demoServer() {
  const s = await Server.start({ init: ['--demo'] })
  s.setSecret = (name = 'jira', secret = SECRET) => {
    const r = tandem(['connection', 'secret', '--data', s.data, name], { input: secret })
    assert.equal(r.code, 0, r.err)
  }
  s.setSecret()
  for (const user of ['pm', 'finance', 'engineer', 'cfo', 'marketing', 'hr']) s[user] = s.token(user)
  return s
}

/** Sends a message as Jira Cloud does. `id` null: without Jira's id of the delivery. */
export function send(s, message, { id = randomUUID(), signature, secret, connection = 'jira', headers = {} } = {}) {
  const raw = typeof message === 'string' ? message : JSON.stringify(message)
  const h = { 'content-type': 'application/json', ...headers }
  if (id) h['x-atlassian-webhook-identifier'] = id
  if (signature !== null && secret === undefined) h['x-hub-signature'] = signature ?? sign(raw)
  const path = `/hooks/${connection}${secret === undefined ? '' : `/${encodeURIComponent(secret)}`}`
  return s.call('POST', path, { raw, token: null, headers: h })
}

async function numbers(s) {
  const { text } = await s.get('/metrics')
  const n = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  const busy = n('tandem_jobs_waiting') + n('tandem_jobs_leased') + n('tandem_flow_lag_events')
  assert.ok(Number.isFinite(busy), text)
  return { busy, events: n('tandem_events_total') }
}

/** Waits until no job waits, no flow lags and nothing has happened since that was so. */
export async function quiet(s, limit_ms = 15000) {
  let before = { busy: -1, events: -1 }
  await until('all work to be done', async () => {
    const now = await numbers(s)
    const still = now.busy === 0 && before.busy === 0 && now.events === before.events
    before = now
    return still
  }, limit_ms)
}

/** Sends it, takes nothing but an acceptance, and answers the record of the message once all is done. */
export async function deliver(s, message, options) {
  const r = await send(s, message, options)
  assert.equal(r.status, 202, r.text)
  await quiet(s)
  return delivery(s, r)
}

export const delivery = async (s, r) => (await s.get(`/api/v1/records/hook_delivery/${r.json.delivery}`)).json

let clock = Date.now() - 3600e3
let ids = 900000
export const newIssue = () => String(++ids)
/** A later moment than any given before, in milliseconds. */
export const tick = () => (clock += 1000)

const STATUS = {
  todo: { id: '10001', name: 'To Do', key: 'new' },
  in_progress: { id: '10002', name: 'In Progress', key: 'indeterminate' },
  done: { id: '10003', name: 'Done', key: 'done' },
}
const template = JSON.parse(fixture('campaign-done-cloud.json'))

/**
 * A message about an issue. from → to: its own change list moves the status; from null: the change list is about something
 * else; from undefined: there is none, as in jira:issue_created.
 */
export function issue({ id, from, to, at = tick(), plan = null, labels = ['campaign'], assignee = account('02'), project = '10001', summary, event, change } = {}) {
  const m = structuredClone(template)
  const f = m.issue.fields
  const status = STATUS[to]
  m.timestamp = at
  m.webhookEvent = event ?? (from === undefined ? 'jira:issue_created' : 'jira:issue_updated')
  m.issue.id = id
  m.issue.self = `https://skyline.example/jira/rest/api/2/issue/${id}`
  m.issue.key = `DTF-${id}`
  f.summary = summary ?? `活动 Campaign ${id}`
  f.labels = labels
  f.customfield_10200 = plan
  f.assignee = assignee === null ? null : { ...f.assignee, accountId: assignee, displayName: `账号 ${assignee.slice(-4)}` }
  f.project = { ...f.project, id: project, ...(project === '10001' ? {} : { key: `P${project}`, name: `项目 Project ${project}` }) }
  f.status = { ...f.status, name: status.name, id: status.id, statusCategory: { ...f.status.statusCategory, key: status.key, name: status.name } }
  if (from === undefined) delete m.changelog
  else {
    m.changelog.id = String(at)
    m.changelog.items =
      from === null ? [change ?? { field: 'priority', fieldtype: 'jira', fieldId: 'priority', from: '3', fromString: 'Medium', to: '2', toString: 'High' }]
        : [{ field: 'status', fieldtype: 'jira', fieldId: 'status', from: STATUS[from].id, fromString: STATUS[from].name, to: status.id, toString: status.name }]
  }
  return m
}
export const done = (id, more = {}) => issue({ id, from: 'in_progress', to: 'done', ...more })

export async function one(s, type, query, o) {
  const found = await s.all(type, query, o)
  assert.equal(found.length, 1, `${found.length} records of ${type} for ${query}`)
  return found[0]
}
export const taskOf = (s, id) => one(s, 'task', `outside_key=eq.DTF-${id}`)

/** What became of a campaign; checks that there is at most one of each. */
export async function outcome(s, id) {
  const task = await taskOf(s, id)
  const claims = await s.all('expense_claim', `task=eq.${task.id}`)
  const settlements = await s.all('project_settlement', `task=eq.${task.id}`)
  return { task, claims, settlements, claim: claims[0], settlement: settlements[0] }
}

/** The line of a budget by its name, read through its budget as finance reads it. */
export async function budgetLine(s, name) {
  for (const b of await s.all('budget')) {
    const line = b.lines.find((l) => l.name.includes(name))
    if (line) return { ...line, budget: b }
  }
  assert.fail(`no budget line ${name}`)
}

export async function history(s, type, id) {
  const r = await s.get(`/api/v1/records/${type}/${id}/history`)
  assert.equal(r.status, 200, r.text)
  return r.json.history
}

/** Every revision of every record of these types, 1 to its rev, each once. */
export async function revisionsAreWhole(s, types) {
  let checked = 0
  for (const type of types)
    for (const record of await s.all(type)) {
      const revs = (await history(s, type, record.id)).map((h) => h.rev).sort((a, b) => a - b)
      assert.deepEqual(revs, Array.from({ length: record.rev }, (_, i) => i + 1), `${type} ${record.id}`)
      checked++
    }
  return checked
}

/** Nothing failed and nothing is dead, but for the messages foreseen. */
export async function nothingDead(s, foreseen = []) {
  const jobs = (await s.get('/api/v1/jobs?state=dead')).json
  assert.deepEqual(jobs.jobs, [])
  assert.deepEqual((await s.all('flow_run', 'state=eq.failed')).map((r) => r.error), [])
  assert.deepEqual((await s.all('hook_delivery', 'state=eq.failed')).filter((r) => !foreseen.includes(r.id)).map((r) => r.reason), [])
}

/** A live stream of a user: collects what comes until closed. */
export async function listen(s, token) {
  const stop = new AbortController()
  const r = await fetch(`${s.url}/api/v1/stream`, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal })
  assert.equal(r.status, 200)
  const live = { events: [], close: () => stop.abort() }
  live.done = (async () => {
    let text = ''
    const decoder = new TextDecoder()
    try {
      for await (const chunk of r.body) {
        text += decoder.decode(chunk, { stream: true })
        for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
          const data = /^data: (.*)$/m.exec(text.slice(0, end))
          if (data) live.events.push(JSON.parse(data[1]))
        }
      }
    } catch (e) {
      if (e.name !== 'AbortError') throw e
    }
  })()
  return live
}
