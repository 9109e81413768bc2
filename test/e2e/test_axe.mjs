// axe finds nothing serious or critical on any page, in light and dark, in Chinese and English.
// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { axePath, Browser } from './browser.mjs'
import { busyCompany, checkPage, choose, faultsOfPage, pagesOf } from './pages.mjs'

const axeSource = readFileSync(axePath, 'utf8')
// Colours do not depend on the language and words not on the theme: each page is looked at in both of each, once.
const LOOKS = [['zh-CN', 'light'], ['en', 'dark']]

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

for (const role of ['finance', 'engineer', 'pm']) {
  test(`axe finds nothing serious on the pages of ${role}, in both languages and themes`, async () => {
    const v = await (await browser.visitor(server, { reducedMotion: 'reduce' })).demoLogin(role)
    const found = []
    for (const path of pagesOf(role, company)) {
      await checkPage(v, path)
      for (const [lang, theme] of LOOKS) {
        await choose(v, lang, theme)
        for (const line of await axe(v)) found.push(`${path} ${lang} ${theme} ${line}`)
        for (const line of await v.page.evaluate(faultsOfPage)) found.push(`${path} ${lang} ${theme} ${line}`)
      }
    }
    assert.deepEqual(found, [])
    await v.close()
  })
}

test('the pages before the log-in satisfy the same', async () => {
  const v = await browser.visitor(server)
  const found = []
  for (const path of ['/', '/welcome/not-a-token']) {
    await v.open(path)
    for (const [lang, theme] of LOOKS) {
      await choose(v, lang, theme)
      for (const line of [...(await axe(v)), ...(await v.page.evaluate(faultsOfPage))]) found.push(`${path} ${lang} ${theme} ${line}`)
    }
  }
  assert.deepEqual(found, [])
  await v.close()
})
