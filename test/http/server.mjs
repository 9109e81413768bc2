// Starts the real server on a free port in a folder of its own, talks to it, and stops it by its process id.
// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import net from 'node:net'
import assert from 'node:assert/strict'
import { schemaCheck, operationOf } from './schema.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const bin = process.env.TANDEM_BIN ?? join(root, 'build/asan/tandem')
if (!existsSync(bin)) throw new Error(`there is no server at ${bin}; build it or set TANDEM_BIN`)

const SANITIZER = /AddressSanitizer|LeakSanitizer|runtime error:|UndefinedBehaviorSanitizer|ThreadSanitizer/

/** Runs a command of the program to its end. */
export function tandem(args, { input = '', env = {} } = {}) {
  const r = spawnSync(bin, args, { input, encoding: 'utf8', cwd: root, timeout: 60000, env: { ...process.env, LANG: 'C.UTF-8', ...env } })
  assert.ok(!SANITIZER.test(r.stderr), `sanitizer output of tandem ${args.join(' ')}:\n${r.stderr}`)
  return { code: r.status, out: r.stdout, err: r.stderr, json: () => JSON.parse(r.stdout) }
}

export function folder() {
  return mkdtempSync(join(tmpdir(), 'tandem-http-'))
}

export class Server {
  /** A new data folder, a running server, and a token of its administrator. */
  static async start({ init = [], serve = [] } = {}) {
    const s = new Server()
    s.data = folder()
    const made = tandem(['init', '--data', s.data, ...init])
    assert.equal(made.code, 0, made.err)
    await s.serve(serve)
    s.admin = s.token('admin')
    return s
  }

  async serve(args = []) {
    this.stderr = ''
    this.stdout = ''
    this.child = spawn(bin, ['serve', '--data', this.data, '--listen', '127.0.0.1:0', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    this.child.stderr.setEncoding('utf8').on('data', (t) => (this.stderr += t))
    this.child.stdout.setEncoding('utf8')
    this.exited = new Promise((done) => this.child.on('exit', (code, signal) => done({ code, signal })))
    this.url = await new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`the server did not start in 20 s:\n${this.stderr}`)), 20000)
      this.child.stdout.on('data', (t) => {
        this.stdout += t
        const m = /^listening on (http:\S+)$/m.exec(this.stdout)
        if (m) (clearTimeout(late), done(m[1]))
      })
      this.exited.then((e) => (clearTimeout(late), fail(new Error(`the server ended (${e.code}):\n${this.stderr}`))))
    })
    this.port = Number(new URL(this.url).port)
    this.host = `127.0.0.1:${this.port}`
  }

  /** Ends it as an administrator would; it must go cleanly and have nothing to complain about. */
  async stop({ keep = false } = {}) {
    const began = Date.now()
    this.child.kill('SIGTERM')
    const late = setTimeout(() => this.child.kill('SIGKILL'), 15000)
    const { code, signal } = await this.exited
    clearTimeout(late)
    if (!keep) rmSync(this.data, { recursive: true, force: true })
    assert.ok(!SANITIZER.test(this.stderr), `sanitizer output:\n${this.stderr.slice(0, 6000)}`)
    assert.equal(signal, null, `the server did not end by itself within 15 s\n${this.stderr.slice(-2000)}`)
    assert.equal(code, 0, `the server ended with ${code}\n${this.stderr.slice(-3000)}`)
    return Date.now() - began
  }

  token(user, ...more) {
    const r = tandem(['token', 'create', '--data', this.data, '--user', user, ...more])
    assert.equal(r.code, 0, r.err)
    return r.out.trim()
  }

  async document() {
    this.openapi ??= await (await fetch(`${this.url}/openapi.json`)).json()
    return this.openapi
  }

  /**
   * One request; token null: without a credential. Every answer is checked against the server's own description, and
   * against what every answer has.
   */
  async call(method, path, { body, raw, token = this.admin, headers = {}, check = true } = {}) {
    const h = { ...headers }
    if (token && !h.authorization) h.authorization = `Bearer ${token}`
    if (body !== undefined) raw = JSON.stringify(body)
    if (raw !== undefined && !Object.keys(h).some((k) => k.toLowerCase() === 'content-type')) h['content-type'] = 'application/json'
    const r = await fetch(this.url + path, { method, headers: h, body: raw, redirect: 'manual' })
    const text = await r.text()
    const type = r.headers.get('content-type') ?? ''
    const a = { status: r.status, headers: r.headers, text, type, etag: r.headers.get('etag') }
    if (/json/.test(type) && text) a.json = JSON.parse(text)
    await this.checkAnswer(method, path, a, check)
    return a
  }

  async checkAnswer(method, path, a, check) {
    const what = `${method} ${path} → ${a.status} ${a.text.slice(0, 300)}`
    assert.equal(a.headers.get('x-content-type-options'), 'nosniff', what)
    assert.ok(!/\d/.test(a.headers.get('server') ?? ''), `Server names a version: ${a.headers.get('server')}`)
    assert.ok(a.status < 500 || a.status === 503, what)
    if (a.text) assert.ok(a.type, `an answer without Content-Type: ${what}`)
    if (a.status >= 400 && method !== 'HEAD') checkProblem(a, what)
    if (!check || method === 'HEAD' || method === 'TRACE') return
    const doc = await this.document()
    const op = operationOf(doc, method, path)
    if (!op) return
    const declared = op.responses[String(a.status)]
    assert.ok(declared, `${what}: the status is not declared`)
    const content = declared.content?.[a.type.split(';')[0]]
    if (a.text) assert.ok(content, `${what}: the content type ${a.type} is not declared`)
    if (a.json !== undefined) {
      const wrong = schemaCheck(doc, content.schema, a.json)
      assert.deepEqual(wrong, [], `${what} does not fit its schema`)
    }
  }

  get(path, o) { return this.call('GET', path, o) }
  post(path, body, o = {}) { return this.call('POST', path, { body, ...o }) }
  patch(path, rev, body, o = {}) { return this.call('PATCH', path, { ...o, body, headers: { 'if-match': `"${rev}"`, ...o.headers } }) }
  del(path, rev, o = {}) { return this.call('DELETE', path, { ...o, headers: { 'if-match': `"${rev}"`, ...o.headers } }) }

  /** Makes a record and answers it. */
  async make(type, body, o = {}) {
    const r = await this.post(`/api/v1/records/${type}`, body, o)
    assert.equal(r.status, 201, `POST ${type} ${JSON.stringify(body).slice(0, 200)}: ${r.text}`)
    return r.json
  }

  async transition(type, record, name, body, o = {}) {
    return this.call('POST', `/api/v1/records/${type}/${record.id}/transitions/${name}`, { ...o, body, headers: { 'if-match': `"${record.rev}"`, ...o.headers } })
  }

  /** Every record of a list, page by page. */
  async all(type, query = '', o = {}) {
    const records = []
    let next = null
    do {
      const r = await this.get(`/api/v1/records/${type}?limit=200${query ? `&${query}` : ''}${next ? `&after=${next}` : ''}`, o)
      assert.equal(r.status, 200, r.text)
      records.push(...r.json.records)
      next = r.json.next
    } while (next)
    return records
  }

  /** A user with roles, an employee of his own, and a token. */
  async person(name, roles) {
    const employee = await this.make('employee', { name: `员工 ${name}` })
    const user = await this.make('user', { name, title: `Person ${name}`, roles, employee: employee.id })
    return { name, user, employee, token: this.token(name) }
  }

  /** Sends bytes as they are and answers what came back until the connection ends or `quiet` ms have passed. */
  send(bytes, { quiet = 1500, end = false } = {}) {
    return new Promise((done) => {
      const chunks = []
      const socket = net.connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true }, () => {
        socket.write(bytes)
        if (end) socket.end()
      })
      const finish = () => {
        clearTimeout(timer)
        socket.destroy()
        done(Buffer.concat(chunks).toString('utf8'))
      }
      let timer = setTimeout(finish, quiet)
      socket.on('data', (d) => {
        chunks.push(d)
        clearTimeout(timer)
        timer = setTimeout(finish, Math.min(quiet, 1500))
      })
      socket.on('end', finish).on('close', finish).on('error', finish)
    })
  }
}

/** RFC 9457, and nothing of the inside of the server. */
export function checkProblem(a, what = a.text) {
  assert.match(a.type, /^application\/problem\+json/, what)
  const p = a.json
  for (const key of ['type', 'title', 'detail', 'code', 'instance']) assert.equal(typeof p[key], 'string', `${key} of ${what}`)
  assert.equal(p.status, a.status, what)
  assert.ok(Array.isArray(p.errors), what)
  assert.ok(p.title && p.detail, what)
  for (const e of p.errors) {
    assert.equal(typeof e.code, 'string', what)
    assert.ok(e.detail, what)
    assert.equal(['pointer', 'parameter', 'file'].filter((k) => k in e).length, 1, what)
    if ('pointer' in e) assert.match(e.pointer, /^\//, what)
  }
  assert.ok(!/\{[a-z_]+\}/.test(p.detail + p.errors.map((e) => e.detail).join(' ')), `an argument is not filled in: ${what}`)
  assert.ok(!/sqlite|SELECT .* FROM|INSERT INTO|\bsrc\/|\.c:\d|0x[0-9a-f]{6,}|tandem\.db|\/tmp\//i.test(a.text), `the inside shows: ${what}`)
  if (a.status === 401) assert.ok(a.headers.get('www-authenticate'), `401 without WWW-Authenticate: ${what}`)
  if (a.status === 405) assert.ok(a.headers.get('allow'), `405 without Allow: ${what}`)
  if (a.status === 429 || a.status === 503) assert.ok(a.headers.get('retry-after'), what)
}

export function refused(a, status, code, place) {
  assert.equal(a.status, status, a.text)
  if (code) assert.ok(a.json.code === code || a.json.errors.some((e) => e.code === code), `${code} expected: ${a.text}`)
  if (place) assert.ok(a.json.errors.some((e) => e.pointer === place || e.parameter === place), `${place} is not named: ${a.text}`)
}

/** Waits for a condition, with a limit. */
export async function until(what, fn, limit_ms = 5000) {
  const end = Date.now() + limit_ms
  for (;;) {
    const v = await fn()
    if (v) return v
    if (Date.now() > end) throw new Error(`waited ${limit_ms} ms in vain for ${what}`)
    await new Promise((r) => setTimeout(r, 20))
  }
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function random(seed) {
  let a = seed >>> 0
  const next = () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return { next, int: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)], chance: (p) => next() < p }
}
