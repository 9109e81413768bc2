// A reader of server-sent events for the tests.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { until } from './server.mjs'

export class Stream {
  events = []
  ended = false

  static async open(server, token, headers = {}) {
    const s = new Stream()
    s.stop = new AbortController()
    const r = await fetch(`${server.url}/api/v1/stream`, { headers: { authorization: `Bearer ${token}`, ...headers }, signal: s.stop.signal })
    assert.equal(r.status, 200)
    assert.match(r.headers.get('content-type'), /^text\/event-stream/)
    assert.equal(r.headers.get('x-content-type-options'), 'nosniff')
    s.read(r.body).catch(() => {}).finally(() => (s.ended = true))
    return s
  }

  async read(body) {
    const text = new TextDecoder()
    let rest = ''
    for await (const chunk of body) {
      rest += text.decode(chunk, { stream: true })
      const blocks = rest.split('\n\n')
      rest = blocks.pop()
      for (const block of blocks) {
        const e = {}
        for (const line of block.split('\n')) {
          const m = /^(id|event|data): ?(.*)$/.exec(line)
          if (m) e[m[1]] = m[2]
        }
        if (e.data) this.events.push({ ...e, id: Number(e.id), data: JSON.parse(e.data) })
      }
    }
  }

  until(fn, limit_ms) {
    return until('an event of the stream', () => this.events.find(fn), limit_ms)
  }

  close() {
    this.stop.abort()
  }
}
