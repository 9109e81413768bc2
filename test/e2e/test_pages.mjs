// What holds of the interface as a whole: phones, language and theme, content policy, pages that are not there.
// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { Browser } from './browser.mjs'
import { busyCompany, checkPage, choose, faultsOfPage, LANG, pagesOf } from './pages.mjs'

let browser, company, server
before(async () => {
  browser = await Browser.start()
  company = await busyCompany()
  server = company.server
})
after(async () => {
  await browser?.stop()
  await server?.stop()
})

test('no page of a phone scrolls sideways, in both languages', async () => {
  for (const lang of ['zh-CN', 'en']) {
    const v = await browser.visitor(server, { lang, width: 390, height: 844 })
    await v.page.goto(server.url)
    await v.page.locator('[data-demo]').first().waitFor()
    assert.deepEqual(await v.page.evaluate(faultsOfPage), [], 'the log-in page')
    await v.demoLogin('finance')
    // English words are the longer ones: there every page is looked at, in Chinese those with most in them.
    const most = pagesOf('finance', company)
    for (const path of lang === 'en' ? most : most.slice(0, 7)) await checkPage(v, path)
    if (lang === 'zh-CN') {
      await v.close()
      continue
    }
    await v.context.clearCookies()
    await v.demoLogin('engineer')
    for (const path of pagesOf('engineer', company)) await checkPage(v, path)
    // The menu is a drawer that opens and closes.
    await v.page.locator('header .nav-button, header button[aria-controls="menu"]').first().click()
    await v.page.locator('nav a[href="/integration/flows"]').click()
    await v.page.waitForURL('**/integration/flows')
    await v.close()
  }
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

test('a payload is laid out as technical text', async () => {
  const v = await (await browser.visitor(server)).demoLogin('engineer', `/t/hook_delivery/${company.delivery.id}`)
  assert.match(await v.page.locator('main [data-field=body] pre').innerText(), /\n {2}"webhookEvent": "jira:issue_updated"/)
  assert.equal((await v.page.locator('main [data-field=body_hash] code').innerText()).trim(), company.delivery.body_hash)
  await v.close()
})

test('a page and a record that are not there say so', async () => {
  const v = await (await browser.visitor(server)).demoLogin('pm')
  for (const path of ['/no-such-page', '/t/nothing', '/t/task/00000000-0000-7000-8000-000000000000', '/t/task/not-an-id']) {
    await v.open(path)
    await v.page.getByTestId('not-found').waitFor()
  }
  await v.close()
})
