// The live stream: ids, resuming, merging; and how the server stops under it.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { Server, until } from './server.mjs'
import { Stream } from './stream.mjs'

let s
before(async () => (s = await Server.start()))
after(() => s.stop())

test('a change is told with its id, type, record and revision, and nothing more', async () => {
  const stream = await Stream.open(s, s.admin)
  const t = await s.make('task', { subject: 'live' })
  const e = await stream.until((x) => x.data.id === t.id)
  assert.equal(e.event, 'record')
  assert.deepEqual(e.data, { type: 'task', id: t.id, rev: 1 })
  assert.ok(Number.isInteger(e.id) && e.id > 0)
  await s.patch(`/api/v1/records/task/${t.id}`, 1, { subject: 'live 2' })
  await stream.until((x) => x.data.id === t.id && x.data.rev === 2)
  stream.close()
})

test('Last-Event-ID resumes without a gap and without repeats', async () => {
  const first = await Stream.open(s, s.admin)
  const a = await s.make('task', { subject: 'a' })
  const seen = await first.until((x) => x.data.id === a.id)
  first.close()
  const missed = []
  for (let i = 0; i < 20; i++) missed.push((await s.make('task', { subject: `m${i}` })).id)
  const second = await Stream.open(s, s.admin, { 'last-event-id': String(seen.id) })
  await second.until((x) => x.data.id === missed.at(-1))
  const ids = second.events.map((e) => e.id)
  assert.ok(ids.every((id, i) => id > seen.id && (i === 0 || id > ids[i - 1])), ids.join())
  assert.deepEqual(second.events.filter((e) => e.data.type === 'task').map((e) => e.data.id), missed)
  second.close()
  for (const odd of ['x', '-5', '99999999', '1e3']) {
    const stream = await Stream.open(s, s.admin, { 'last-event-id': odd })
    const t = await s.make('task', { subject: odd })
    await stream.until((x) => x.data.id === t.id)
    assert.ok(stream.events.every((e) => e.id > seen.id), odd)
    stream.close()
  }
})

test('a burst on one record is told at least with its last revision', async () => {
  const stream = await Stream.open(s, s.admin)
  const t = await s.make('task', { subject: 'burst' })
  for (let rev = 1; rev <= 30; rev++) await s.patch(`/api/v1/records/task/${t.id}`, rev, { subject: `burst ${rev}` })
  await stream.until((x) => x.data.id === t.id && x.data.rev === 31)
  stream.close()
})

test('a deactivated user\'s stream ends', async () => {
  const p = await s.person('leaver', [])
  const stream = await Stream.open(s, p.token)
  await s.patch(`/api/v1/records/user/${p.user.id}`, p.user.rev, { active: false })
  await until('the stream to end', () => stream.ended)
})

test('a stream ends with the token that opened it', async () => {
  const token = s.token('admin', '--expires', '2')
  const stream = await Stream.open(s, token)
  const other = await Stream.open(s, s.admin)
  await until('the stream to end', () => stream.ended)
  assert.ok(!other.ended)
  other.close()
})

test('many readers come and go', async () => {
  const streams = await Promise.all(Array.from({ length: 20 }, () => Stream.open(s, s.admin)))
  streams.slice(0, 10).forEach((x) => x.close())
  const t = await s.make('task', { subject: 'to many' })
  await Promise.all(streams.slice(10).map((x) => x.until((e) => e.data.id === t.id)))
  streams.forEach((x) => x.close())
})

test('SIGTERM ends streams and idle connections, answers what has begun, and takes less than 10 s', async () => {
  const one = await Server.start()
  const streams = await Promise.all([1, 2, 3].map(() => Stream.open(one, one.admin)))
  const writes = Array.from({ length: 20 }, (_, i) => one.post('/api/v1/records/task', { subject: `w${i}` }).catch(() => null))
  await writes[0]
  const stopping = one.stop({ keep: true })
  const answers = (await Promise.all(writes)).filter(Boolean)
  const ms = await stopping
  assert.ok(ms < 10000, `${ms} ms`)
  await until('streams to end', () => streams.every((x) => x.ended))
  await one.serve()
  const kept = new Set((await one.all('task')).map((r) => r.id))
  for (const a of answers) {
    assert.ok(a.status === 201 || a.status === 503, a.text)
    if (a.status === 201) assert.ok(kept.has(a.json.id), 'an acknowledged write is lost')
  }
  await one.stop()
})
