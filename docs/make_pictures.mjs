// Takes the pictures of the guides: runs the real server with the demo company and a browser, in Chinese and English.
// SPDX-License-Identifier: Apache-2.0
// usage: node docs/make_pictures.mjs [FOLDER]     (default docs/images; TANDEM_BIN and CHROMIUM as for the browser tests)
import { deflateSync, inflateSync } from 'node:zlib'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createHmac } from 'node:crypto'
import { Browser, Server, tandem, until } from '../test/e2e/browser.mjs'

const folder = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), 'images')
const WIDTH = 1360

// ---- A PNG with at most 256 colours: a third of what the browser writes, and nobody sees the difference ----

const CRC = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
  return n >>> 0
})

function chunk(type, data) {
  const out = Buffer.alloc(12 + data.length)
  out.writeUInt32BE(data.length, 0)
  out.write(type, 4, 'latin1')
  data.copy(out, 8)
  let crc = 0xffffffff
  for (const byte of out.subarray(4, 8 + data.length)) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8)
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 8 + data.length)
  return out
}

/** The pixels of a PNG as browsers write it (8 bits, RGB or RGBA, not interlaced), row by row as RGB. */
function pixels(png) {
  const width = png.readUInt32BE(16)
  const height = png.readUInt32BE(20)
  const size = png[25] === 6 ? 4 : 3
  const parts = []
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  }
  const raw = inflateSync(Buffer.concat(parts))
  const stride = width * size
  const rows = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y += 1) unfilter(raw, y * (stride + 1), rows, y * stride, stride, size)
  const colours = new Uint32Array(width * height)
  for (let i = 0; i < colours.length; i += 1) colours[i] = (rows[i * size] << 16) | (rows[i * size + 1] << 8) | rows[i * size + 2]
  return { width, height, colours }
}

function unfilter(raw, from, rows, to, stride, size) {
  const filter = raw[from]
  for (let x = 0; x < stride; x += 1) {
    const a = x >= size ? rows[to + x - size] : 0
    const b = to >= stride ? rows[to + x - stride] : 0
    const c = x >= size && to >= stride ? rows[to + x - stride - size] : 0
    const near = () => {
      const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
      return pa <= pb && pa <= pc ? a : pb <= pc ? b : c
    }
    const add = [0, a, b, (a + b) >> 1, filter === 4 ? near() : 0][filter]
    rows[to + x] = raw[from + 1 + x] + add
  }
}

/** The commonest colours; each other one is drawn as the nearest of them. */
function palette(colours) {
  const count = new Map()
  for (const c of colours) count.set(c, (count.get(c) ?? 0) + 1)
  const kept = [...count].sort((p, q) => q[1] - p[1]).slice(0, 256).map(([c]) => c)
  const place = new Map(kept.map((c, i) => [c, i]))
  const far = (p, q) => ((p >> 16) - (q >> 16)) ** 2 + (((p >> 8) & 255) - ((q >> 8) & 255)) ** 2 + ((p & 255) - (q & 255)) ** 2
  for (const c of count.keys()) {
    if (place.has(c)) continue
    let best = 0
    for (let i = 1; i < kept.length; i += 1) if (far(c, kept[i]) < far(c, kept[best])) best = i
    place.set(c, best)
  }
  return { kept, place }
}

function small(png) {
  const { width, height, colours } = pixels(png)
  const { kept, place } = palette(colours)
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 3, 0, 0, 0], 8)
  const raw = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) raw[y * (width + 1) + 1 + x] = place.get(colours[y * width + x])
  const table = Buffer.from(kept.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]))
  return Buffer.concat([png.subarray(0, 8), chunk('IHDR', head), chunk('PLTE', table), chunk('IDAT', deflateSync(raw, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}

// ---- The pictures ----

const server = await Server.start()
const browser = await Browser.start()
let total = 0

/** As high as what it shows, but not higher than a screen. */
async function picture(v, name, { height = 900, until: what } = {}) {
  if (what) await v.page.locator(what).first().waitFor()
  await v.page.mouse.move(0, 0)
  // Messages of what was done before do not belong into it.
  await v.page.waitForFunction(() => !document.querySelector('[data-testid="toast"], .toast') && document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity))
  const shown = await v.page.evaluate(() => Math.ceil(document.querySelector('main > :last-child')?.getBoundingClientRect().bottom ?? innerHeight) + 24)
  const png = small(await v.page.screenshot({ clip: { x: 0, y: 0, width: WIDTH, height: Math.min(height, Math.max(420, shown)) } }))
  const file = join(folder, `${name}.png`)
  writeFileSync(file, png)
  total += png.length
  console.log(`${file}: ${Math.round(png.length / 1024)} KB`)
}

async function inLanguage(lang, people, claim, task, dead) {
  const tail = lang === 'en' ? 'en' : 'zh'
  const word = { 'zh-CN': '中文', en: 'English' }[lang]
  for (const v of Object.values(people)) {
    await v.page.locator('header').getByText(word, { exact: true }).first().click()
    await v.page.waitForFunction((l) => document.documentElement.lang === l, lang)
  }
  const { visitor, pm, finance, engineer } = people
  await visitor.open('/')
  await picture(visitor, `login-${tail}`, { until: '[data-demo]', height: 520 })
  await engineer.open('/')
  await picture(engineer, `home-${tail}`, { height: 620 })
  await finance.open(`/t/expense_claim/${claim.id}?tab=story`)
  await picture(finance, `story-${tail}`, { until: 'main [data-event]', height: 1000 })
  await finance.open(`/t/expense_claim/${claim.id}`)
  await picture(finance, `claim-${tail}`, { until: '[data-transition=approve]', height: 760 })
  await finance.page.locator('[data-transition=reject]').click()
  await finance.page.getByRole('dialog').waitFor()
  await picture(finance, `reject-${tail}`, { height: 560 })
  await finance.open('/t/expense_claim?state=eq.submitted&order=total.desc')
  await picture(finance, `list-${tail}`, { until: 'main tbody tr', height: 620 })
  await pm.open(`/t/task/${task.id}`)
  await picture(pm, `task-${tail}`, { until: 'main [data-field=settlement_state]', height: 760 })
  await engineer.open('/integration/flows')
  await picture(engineer, `flows-${tail}`, { until: '[data-flow]', height: 640 })
  await engineer.open('/integration/jobs')
  await picture(engineer, `jobs-${tail}`, { until: `[data-job="${dead.id}"]`, height: 620 })
}

/** A message that can't be processed, so that there is a dead letter to show. */
async function deadLetter() {
  tandem(['connection', 'secret', '--data', server.data, 'jira'], { input: 'a secret of the pictures' })
  const raw = JSON.stringify({ timestamp: Date.now(), webhookEvent: 'jira:issue_updated', issue: { id: '10101', key: 'DTF-101', fields: { summary: 'x'.repeat(600) } }, changelog: { id: '1', items: [] } })
  const signature = createHmac('sha256', 'a secret of the pictures').update(raw).digest('hex')
  await fetch(`${server.url}/hooks/jira`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-hub-signature': `sha256=${signature}` }, body: raw })
  const { jobs } = await until(() => server.call('GET', '/api/v1/jobs?state=dead'), (a) => a.jobs.length, 'the dead letter')
  return jobs[0]
}

try {
  mkdirSync(folder, { recursive: true })
  const people = { visitor: await browser.visitor(server, { width: WIDTH, height: 1000 }) }
  for (const name of ['pm', 'finance', 'engineer']) people[name] = await (await browser.visitor(server, { width: WIDTH, height: 1000 })).demoLogin(name)
  await people.visitor.open('/')
  await people.engineer.page.locator('[data-action="jira-done"]').click()
  await people.engineer.page.getByTestId('demo-result').waitFor()
  const [claim] = await until(() => server.records('expense_claim', 'subject=like."*DTF-101*"'), (a) => a[0]?.state === 'submitted', 'the claim')
  const [task] = await server.records('task', 'outside_key=eq.DTF-101')
  const dead = await deadLetter()
  for (const lang of ['zh-CN', 'en']) await inLanguage(lang, people, claim, task, dead)
  console.log(`${Math.round(total / 1024)} KB in all`)
} finally {
  await browser.stop()
  await server.stop()
}
