// Many connections: 600 at once from several addresses, 64 from one, and idle ones that delay nobody.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import net from 'node:net'
import { Server, until } from './server.mjs'

let s
before(async () => (s = await Server.start()))
after(() => s.stop())

class Connection {
  text = ''
  closed = false
  constructor(address) {
    this.socket = net.connect({ port: s.port, host: '127.0.0.1', localAddress: address })
    this.socket.setEncoding('utf8').on('data', (t) => (this.text += t)).on('error', () => (this.closed = true)).on('close', () => (this.closed = true))
    this.open = new Promise((done) => this.socket.once('connect', () => done(true)).once('error', () => done(false)))
  }
  ask() {
    this.text = ''
    this.socket.write(`GET /healthz HTTP/1.1\r\nHost: ${s.host}\r\n\r\n`)
  }
  answered() {
    return until('an answer', () => this.closed || this.text.includes('"ok"'))
  }
}

async function open(count, address) {
  const list = Array.from({ length: count }, () => new Connection(address))
  await Promise.all(list.map((c) => c.open))
  return list
}

test('600 connections are kept and answered, 500 idle ones beside them', async () => {
  const all = []
  for (let i = 0; i < 10; i++) all.push(...(await open(60, `127.0.0.${10 + i}`)))
  const busy = all.slice(500)
  for (const c of busy) c.ask()
  await Promise.all(busy.map((c) => c.answered()))
  assert.equal(busy.filter((c) => c.text.includes('200 OK')).length, 100)
  assert.equal((await s.make('task', { subject: 'beside 600 connections' })).rev, 1)
  for (const c of all) c.ask()
  await Promise.all(all.map((c) => c.answered()))
  assert.equal(all.filter((c) => c.text.includes('200 OK')).length, 600)
  all.forEach((c) => c.socket.destroy())
})

test('one address has 64 connections and no more; others are not touched by it', async () => {
  const greedy = await open(64, '127.0.0.40')
  for (const c of greedy) c.ask()
  await Promise.all(greedy.map((c) => c.answered()))
  assert.equal(greedy.filter((c) => c.text.includes('200 OK')).length, 64)
  const [over] = await open(1, '127.0.0.40')
  over.ask()
  await until('the 65th to be refused', () => over.closed || /^HTTP\/1\.1 (429|503)/.test(over.text))
  const [other] = await open(1, '127.0.0.41')
  other.ask()
  await other.answered()
  assert.match(other.text, /200 OK/)
  ;[...greedy, over, other].forEach((c) => c.socket.destroy())
})
