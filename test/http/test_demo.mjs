// The demo company: its actions until none is left, and taking it away; the folder's guards.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { rmSync, readdirSync } from 'node:fs'
import { folder, tandem } from './server.mjs'
import { demoServer, quiet } from './support_s1.mjs'

let s
before(async () => (s = await demoServer()))
after(() => s.stop())

const campaigns = async (state) => (await s.get(`/api/v1/records/task?kind=eq.campaign&state=eq.${state}&origin=not.is.null&limit=1`)).json.count

test('each press of the button finishes the next campaign, and the last one says that none is left', async () => {
  const running = await campaigns('in_progress')
  assert.ok(running >= 4, `${running} running campaigns`)
  const claims = (await s.get('/api/v1/records/expense_claim?limit=1')).json.count
  const seen = new Set()
  for (let i = 0; i < running; i++) {
    const r = await s.post('/api/v1/demo/jira-done')
    assert.equal(r.status, 200, r.text)
    assert.equal(r.json.status, 202)
    seen.add(r.json.record.id)
    await quiet(s)
  }
  assert.equal(seen.size, running)
  assert.equal(await campaigns('in_progress'), 0)
  assert.equal((await s.get('/api/v1/records/expense_claim?limit=1')).json.count, claims + running)
  for (const lang of ['en', 'zh-CN']) {
    const r = await s.post('/api/v1/demo/jira-done', undefined, { headers: { 'accept-language': lang } })
    assert.equal(r.status, 409, r.text)
    assert.equal(r.json.code, 'demo_nothing_left')
    assert.equal(/\p{Script=Han}/u.test(r.json.detail), lang === 'zh-CN')
  }
})

test('the actions are offered in the order of the story, and an unknown one is not there', async () => {
  const names = (await s.get('/api/v1/demo')).json.actions.map((a) => a.name)
  assert.deepEqual(names, ['jira-done', 'jira-reopen', 'jira-comment'])
  assert.equal((await s.post('/api/v1/demo/nope')).status, 404)
})

test('the demo company is taken away only with --yes, only alone, and only while no server runs', () => {
  const data = folder()
  const remove = (...more) => tandem(['demo', 'remove', '--data', data, '--json', ...more])
  try {
    assert.equal(tandem(['init', '--data', data, '--demo']).code, 0)
    const unsure = remove()
    assert.equal(unsure.code, 1)
    assert.equal(unsure.json().code, 'demo_remove_yes')
    assert.match(tandem(['user', 'list', '--data', data]).out, /^finance\t/m)
    assert.equal(remove('--yes', '--company', 'ACME', '--currency', 'EUR').code, 0)
    assert.doesNotMatch(tandem(['user', 'list', '--data', data]).out, /^finance\t/m)
    assert.equal(tandem(['doctor', '--data', data]).code, 0)
    const again = remove('--yes')
    assert.equal(again.code, 1)
    assert.equal(again.json().code, 'demo_not_alone')
    const busy = tandem(['demo', 'remove', '--data', s.data, '--yes', '--json'])
    assert.equal(busy.code, 1)
    assert.equal(busy.json().code, 'dir_locked')
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
})

test('a folder that holds no data is told, and nothing is made in it', () => {
  const empty = folder()
  try {
    const r = tandem(['doctor', '--data', empty, '--json'])
    assert.equal(r.code, 1)
    assert.equal(r.json().code, 'dir_not_data')
    assert.deepEqual(readdirSync(empty), [])
  } finally {
    rmSync(empty, { recursive: true, force: true })
  }
})
