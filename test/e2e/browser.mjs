// Starts the real server in a folder of its own and a real browser before it; what every browser test needs.
// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import assert from 'node:assert/strict'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const web = createRequire(join(root, 'web', 'package.json'))
const { chromium } = web('playwright-core')
const bin = process.env.TANDEM_BIN ?? join(root, 'build/release/tandem')
if (!existsSync(bin)) throw new Error(`there is no server at ${bin}; build it or set TANDEM_BIN`)

/** How long a condition of the page may take; long, since the machine may be busy, and never waited for in full. */
export const LIMIT_MS = 15000

/** Runs a command of the program to its end and answers what it printed. */
export function tandem(args, { input = '' } = {}) {
  const r = spawnSync(bin, args, { input, encoding: 'utf8', timeout: 60000, env: { ...process.env, LANG: 'C.UTF-8' } })
  assert.equal(r.status, 0, `tandem ${args.join(' ')}: ${r.stderr}`)
  return r.stdout
}

const MADE = new Map()

/** A data folder like that of `init` with these options, made once a run and copied, since a demo company takes a moment. */
function dataFolder(init) {
  const key = init.join(' ')
  if (!MADE.has(key)) {
    const first = mkdtempSync(join(tmpdir(), 'tandem-e2e-'))
    tandem(['init', '--data', first, ...init])
    MADE.set(key, first)
    process.on('exit', () => rmSync(first, { recursive: true, force: true }))
  }
  const data = mkdtempSync(join(tmpdir(), 'tandem-e2e-'))
  cpSync(MADE.get(key), data, { recursive: true })
  return data
}

export class Server {
  /** prepare(data) may put files into the data folder before the server starts. */
  static async start({ init = ['--demo'], prepare } = {}) {
    const s = new Server()
    s.data = dataFolder(init)
    prepare?.(s.data)
    s.child = spawn(bin, ['serve', '--data', s.data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] })
    s.log = ''
    s.printed = ''
    s.child.stderr.setEncoding('utf8').on('data', (t) => (s.log += t))
    s.exited = new Promise((done) => s.child.on('exit', (code, signal) => done({ code, signal })))
    s.url = await new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`the server did not start: ${s.log}`)), 20000)
      s.child.stdout.setEncoding('utf8').on('data', (t) => {
        s.printed += t
        const m = /^listening on (http:\S+)$/m.exec(s.printed)
        if (m) (clearTimeout(late), done(m[1]))
      })
      s.exited.then((e) => (clearTimeout(late), fail(new Error(`the server ended (${e.code}): ${s.log}`))))
    })
    return s
  }

  async stop() {
    this.child.kill('SIGTERM')
    const late = setTimeout(() => this.child.kill('SIGKILL'), 15000)
    const end = await this.exited
    clearTimeout(late)
    rmSync(this.data, { recursive: true, force: true })
    assert.deepEqual(end, { code: 0, signal: null }, `the server did not end cleanly: ${this.log.slice(-2000)}`)
  }

  /** The REST interface as one of the users, for what a test needs to know or to have beside the page. */
  async call(method, path, { user = 'admin', body, rev } = {}) {
    this.tokens ??= {}
    this.tokens[user] ??= tandem(['token', 'create', '--data', this.data, '--user', user]).trim()
    const headers = { authorization: `Bearer ${this.tokens[user]}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (rev !== undefined) headers['if-match'] = `"${rev}"`
    const r = await fetch(this.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
    const text = await r.text()
    assert.ok(r.ok, `${method} ${path}: ${r.status} ${text}`)
    return text ? JSON.parse(text) : null
  }

  records(type, query = '', user) {
    return this.call('GET', `/api/v1/records/${type}?limit=200${query ? `&${query}` : ''}`, { user }).then((a) => a.records)
  }
}

export class Browser {
  static async start() {
    const b = new Browser()
    b.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    return b
  }

  async stop() {
    await this.chromium.close()
  }

  /**
   * A person of his own: a fresh browser profile that watches for what no page may do. The profile asks for `lang` as a
   * browser does; `theme` is what its system prefers.
   */
  async visitor(server, { lang = 'zh-CN', theme = 'light', width = 1360, height = 900, ...more } = {}) {
    const context = await this.chromium.newContext({ locale: lang, colorScheme: theme, viewport: { width, height }, ...more })
    context.setDefaultTimeout(LIMIT_MS)
    const page = await context.newPage()
    return new Visitor(server, context, page)
  }

  /** A second window of somebody who is logged in, in a profile of its own: a page in the background draws only once a second. */
  async again(visitor, path, more = {}) {
    const other = await this.visitor(visitor.server, { ...more, storageState: await visitor.context.storageState() })
    await other.open(path)
    return other
  }
}

export class Visitor {
  constructor(server, context, page) {
    Object.assign(this, { server, context, page, faults: [], loads: 0 })
    page.on('pageerror', (e) => this.faults.push(`error in the page: ${e.stack ?? e}`))
    page.on('console', (m) => {
      // The browser's own line about a refusal is not the page's; refusals are looked at one by one below.
      if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) this.faults.push(`console: ${m.text()}`)
    })
    page.on('request', (r) => {
      const url = new URL(r.url())
      if (url.origin !== server.url && !['data:', 'blob:', 'about:'].includes(url.protocol)) this.faults.push(`request to another origin: ${r.url()}`)
      if (r.isNavigationRequest() && r.frame() === page.mainFrame()) this.loads += 1
    })
    page.on('response', (r) => {
      if (r.status() >= 500) this.faults.push(`${r.request().method()} ${r.url()}: ${r.status()}`)
    })
  }

  /** Nothing went wrong in this profile that a person could have seen in the browser's tools. */
  clean() {
    assert.deepEqual(this.faults, [])
  }

  async close() {
    await this.context.close()
    this.clean()
  }

  /** Opens an address and waits until the page has what it shows. */
  async open(path) {
    await this.page.goto(this.server.url + path)
    await this.settled()
  }

  /** The page is there, and nothing in it is still being fetched. */
  async settled() {
    await this.page.locator('main h1').first().waitFor({ state: 'attached' })
    await this.page.waitForFunction(() => !document.querySelector('main [aria-busy=true], main[aria-busy=true]'))
  }

  /** One click on the log-in page of the demo company. */
  async demoLogin(name, path = '/') {
    await this.page.goto(this.server.url + path)
    await this.page.locator(`[data-demo="${name}"]`).click()
    await this.page.getByTestId('user-menu').waitFor()
    await this.settled()
    return this
  }

  /** Follows a link of the page itself, as a person does, without a reload. */
  async go(href) {
    await this.page.locator(`a[href="${href}"]`).first().click()
    await this.page.waitForURL(this.server.url + href)
    await this.settled()
  }

  record(type, id) {
    return this.page.locator(`main [data-record="${type}/${id}"]`).first()
  }

  /** The number at the bell, 0 where there is none. */
  async unread() {
    const bell = this.page.getByTestId('unread')
    return (await bell.count()) ? Number((await bell.textContent()).trim()) : 0
  }

  tab(name) {
    return this.page.locator(`a[href*="tab=${name}"]`).first()
  }
}

/** Waits until what `ask` answers fits `good`, and answers it. */
export async function until(ask, good = (x) => x, what = 'a condition', limit = LIMIT_MS) {
  const end = Date.now() + limit
  let last
  for (;;) {
    last = await ask()
    if (good(last)) return last
    if (Date.now() > end) assert.fail(`${what} did not come true within ${limit} ms; last: ${JSON.stringify(last)?.slice(0, 600)}`)
    await new Promise((done) => setTimeout(done, 50))
  }
}

/** The source of axe-core, to be run inside a page past the page's own content policy. */
export const axePath = web.resolve('axe-core/axe.min.js')
