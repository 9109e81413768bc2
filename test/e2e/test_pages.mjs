// What holds on every page: landmarks, one heading, real links, no sideways scroll on a phone, no fault in the console, and axe finds nothing serious.
// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { axePath, Browser, Server, until } from './browser.mjs'

const axeSource = readFileSync(axePath, 'utf8')
const THEME = { 'zh-CN': { light: '浅色', dark: '深色' }, en: { light: 'Light', dark: 'Dark' } }
const LANG = { 'zh-CN': '中文', en: 'English' }

let browser, server, claim, task, budget, delivery
before(async () => {
  browser = await Browser.start()
  server = await Server.start()
  await server.call('POST', '/api/v1/demo/jira-done', { user: 'engineer' })
  ;[claim] = await until(() => server.records('expense_claim', 'subject=like."*DTF-101*"'), (a) => a.length && a[0].state === 'submitted', 'the claim')
  ;[task] = await server.records('task', 'outside_key=eq.DTF-101')
  budget = (await server.records('budget')).find((b) => b.lines.length > 3)
  ;[delivery] = await server.records('hook_delivery', 'order=created_at.desc')
})
after(async () => {
  await browser?.stop()
  await server?.stop()
})

/** The words of a page are there and nothing of it is still moving. */
async function still(v) {
  await v.settled()
  await v.page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity))
}

async function choose(v, lang, theme) {
  for (const text of [LANG[lang], THEME[lang][theme]]) {
    const button = v.page.locator('header').getByRole('button', { name: text, exact: true }).or(v.page.locator('header').getByRole('radio', { name: text, exact: true })).first()
    await button.click()
  }
  await v.page.waitForFunction(([l, t]) => document.documentElement.lang === l && localStorage.getItem('tandem.lang') === l && localStorage.getItem('tandem.theme') === t, [lang, theme])
  await still(v)
}

/** Serious and critical findings, each with the elements it is about. */
async function axe(v) {
  if (!(await v.page.evaluate(() => 'axe' in globalThis))) await v.page.evaluate(axeSource)
  return v.page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] })
    return violations
      .filter((f) => f.impact === 'serious' || f.impact === 'critical')
      .map((f) => `${f.id}: ${f.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} (${n.any[0]?.message ?? ''})`).join(' | ')}`)
  })
}

/** WEB.md 3, 4 and 7, as far as they can be seen in the page. */
function faultsOfPage() {
  const out = []
  const all = (s, e = document) => [...e.querySelectorAll(s)]
  const visible = (e) => e.checkVisibility({ visibilityProperty: true })
  for (const tag of ['header', 'nav', 'main']) if (all(tag).filter(visible).length !== 1 && !(tag === 'nav' && innerWidth < 800)) out.push(`${all(tag).length} of <${tag}>`)
  if (all('h1').length !== 1) out.push(`${all('h1').length} of <h1>`)
  if (!all('h1')[0]?.textContent.trim()) out.push('an empty <h1>')
  if (!/\S · /.test(document.title)) out.push(`the window is called ${document.title}`)
  if (all('[aria-busy=true]', document.querySelector('main')).length) out.push('still busy')
  for (const a of all('nav a, main a')) if (!a.getAttribute('href')) out.push(`a link that leads nowhere: ${a.outerHTML.slice(0, 120)}`)
  for (const e of all('[data-record]')) {
    if (!/^[a-z0-9_]+\/[0-9a-f-]{36}$/.test(e.dataset.record)) out.push(`data-record="${e.dataset.record}"`)
    if (e.matches('tr, li, .card') && !e.querySelector('a[href]')) out.push(`no link in ${e.outerHTML.slice(0, 160)}`)
  }
  for (const b of all('button').filter(visible)) {
    const label = b.getAttribute('aria-label')
    const text = b.innerText.trim()
    if (!label && !text) out.push(`a button without a name: ${b.outerHTML.slice(0, 120)}`)
    if (label && text && !label.includes(text)) out.push(`“${text}” is called “${label}”`)
  }
  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth > clientWidth) {
    const wide = all('body *').find((e) => visible(e) && e.getBoundingClientRect().right > clientWidth + 1)
    out.push(`the page is ${scrollWidth} wide in ${clientWidth}: ${wide?.outerHTML.slice(0, 160)}`)
  }
  const texts = document.querySelector('main').innerText
  if (/\bundefined\b|\[object Object\]|\bNaN\b/.test(texts)) out.push(`the page says ${/.{0,30}(undefined|\[object Object\]|NaN).{0,30}/.exec(texts)[0]}`)
  // A key of a locale file that has no text shows as the key.
  const key = /(?:^|\s)(?:list|form|home|jobs|flows|story|shell|login|op|filter)\.[a-z_]+(?:\s|$)/.exec(texts)
  if (key) out.push(`a text is missing: ${key[0]}`)
  return out
}

function pagesOf(role) {
  const record = { expense_claim: claim, task, budget, hook_delivery: delivery }
  const one = (type) => record[type] && [`/t/${type}/${record[type].id}`]
  if (role === 'engineer') return ['/', '/integration/flows', '/integration/jobs', '/integration/jobs?state=all', '/t/connection', '/t/hook_delivery', ...one('hook_delivery'), '/t/identity', '/t/flow_run', '/no-such-page']
  if (role === 'pm') return ['/t/program', '/t/project', ...one('task'), '/t/task/new', '/t/milestone', '/t/time_entry', '/t/comment', `/t/task/${task.id}?edit=1`, `/t/task/${task.id}?tab=links`]
  const tabs = ['history', 'links', 'story'].map((tab) => `/t/expense_claim/${claim.id}?tab=${tab}`)
  return [
    '/', '/t/expense_claim', ...one('expense_claim'), ...tabs, '/t/expense_claim/new', '/t/expense_claim?state=eq.submitted&order=total.desc', ...one('budget'),
    `/t/budget/${budget.id}?edit=1`, '/t/project_settlement', '/t/commitment', '/t/department', '/t/employee', '/t/company', '/t/user', '/t/notification', '/t/nothing', `/t/task/${budget.id}`,
  ]
}

async function checkPage(v, path) {
  await v.open(path)
  await until(() => v.page.evaluate(faultsOfPage), (f) => !f.length, `${path} as it must be`, 4000)
}

for (const role of ['finance', 'engineer', 'pm']) {
  test(`axe finds nothing serious on the pages of ${role}, in both languages and themes`, async () => {
    const v = await (await browser.visitor(server, { reducedMotion: 'reduce' })).demoLogin(role)
    const found = []
    for (const path of pagesOf(role)) {
      await checkPage(v, path)
      for (const [lang, theme] of [['zh-CN', 'light'], ['zh-CN', 'dark'], ['en', 'dark'], ['en', 'light']]) {
        await choose(v, lang, theme)
        for (const line of await axe(v)) found.push(`${path} ${lang} ${theme} ${line}`)
        for (const line of await v.page.evaluate(faultsOfPage)) found.push(`${path} ${lang} ${theme} ${line}`)
      }
    }
    assert.deepEqual(found, [])
    await v.close()
  })
}

test('no page of a phone scrolls sideways, in both languages', async () => {
  for (const lang of ['zh-CN', 'en']) {
    const v = await browser.visitor(server, { lang, width: 390, height: 844 })
    await v.page.goto(server.url)
    await v.page.locator('[data-demo]').first().waitFor()
    assert.deepEqual(await v.page.evaluate(faultsOfPage), [], 'the log-in page')
    await v.demoLogin('finance')
    for (const path of pagesOf('finance')) await checkPage(v, path)
    await v.context.clearCookies()
    await v.demoLogin('engineer')
    for (const path of pagesOf('engineer')) await checkPage(v, path)
    // The menu is a drawer that opens and closes.
    await v.page.locator('header .nav-button, header button[aria-controls="menu"]').first().click()
    await v.page.locator('nav a[href="/integration/flows"]').click()
    await v.page.waitForURL('**/integration/flows')
    await v.close()
  }
})

test('the pages before the log-in satisfy the same', async () => {
  const v = await browser.visitor(server)
  const found = []
  for (const path of ['/', '/welcome/not-a-token']) {
    await v.open(path)
    for (const [lang, theme] of [['zh-CN', 'light'], ['zh-CN', 'dark'], ['en', 'dark'], ['en', 'light']]) {
      await choose(v, lang, theme)
      for (const line of [...(await axe(v)), ...(await v.page.evaluate(faultsOfPage))]) found.push(`${path} ${lang} ${theme} ${line}`)
    }
  }
  assert.deepEqual(found, [])
  await v.close()
})

test('language and theme follow the browser, are kept, and change without a reload', async () => {
  for (const [lang, theme] of [['en', 'dark'], ['zh-CN', 'light']]) {
    const v = await browser.visitor(server, { lang, theme })
    await v.open('/')
    assert.equal(await v.page.evaluate(() => document.documentElement.lang), lang)
    const ground = () => v.page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const asSystem = await ground()
    await v.demoLogin('finance')
    await choose(v, lang, theme)
    const other = lang === 'en' ? 'zh-CN' : 'en'
    const opposite = theme === 'dark' ? 'light' : 'dark'
    const loads = v.loads
    const heading = await v.page.locator('h1').textContent()
    await choose(v, other, opposite)
    assert.equal(v.loads, loads, 'no reload')
    assert.notEqual(await v.page.locator('h1').textContent(), heading)
    assert.notEqual(await ground(), asSystem)
    await v.page.reload()
    await v.settled()
    assert.equal(await v.page.evaluate(() => document.documentElement.lang), other)
    assert.notEqual(await ground(), asSystem)
    for (const l of ['zh-CN', 'en']) {
      const button = v.page.locator('header').getByText(LANG[l], { exact: true }).first()
      const said = await button.evaluate((e) => e.closest('[lang]').lang)
      assert.equal(said, l, `the switch to ${l} is marked as ${said}`)
    }
    assert.equal(await v.page.evaluate(() => document.cookie), '', 'no cookie that scripts can read')
    const kept = await v.page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((k) => /token|session|csrf/i.test(k)))
    assert.deepEqual(kept, [])
    // The choice is kept with the user: another browser that has none of its own takes it over.
    const elsewhere = await (await browser.visitor(server, { lang, theme })).demoLogin('finance')
    await elsewhere.page.waitForFunction((l) => document.documentElement.lang === l, other)
    await elsewhere.close()
    await choose(v, lang, theme)
    await v.close()
  }
})

test('the content policy lets no foreign or inline script run', async () => {
  const answer = await fetch(server.url)
  const policy = answer.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'self'|script-src 'self'/)
  assert.doesNotMatch(policy, /script-src[^;]*'unsafe-inline'|unsafe-eval/)
  assert.match(policy, /frame-ancestors 'none'/)
  const v = await browser.visitor(server)
  await v.open('/')
  const blocked = await v.page.evaluate(async () => {
    const told = new Promise((done) => document.addEventListener('securitypolicyviolation', (e) => done(e.violatedDirective), { once: true }))
    const script = document.createElement('script')
    script.textContent = 'globalThis.ran = true'
    document.head.append(script)
    return { directive: await told, ran: 'ran' in globalThis }
  })
  assert.match(blocked.directive, /script-src/)
  assert.equal(blocked.ran, false)
  await v.context.close()
})

test('a page and a record that are not there say so', async () => {
  const v = await (await browser.visitor(server)).demoLogin('pm')
  for (const path of ['/no-such-page', '/t/nothing', '/t/task/00000000-0000-7000-8000-000000000000', '/t/task/not-an-id']) {
    await v.open(path)
    await v.page.getByTestId('not-found').waitFor()
  }
  await v.close()
})
