// Story S1 without a mouse: every step is reached by Tab, opened by Enter, left by Escape, and the focus can be seen.
// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { Browser, Server, until } from './browser.mjs'

let browser, server
before(async () => {
  browser = await Browser.start()
  server = await Server.start()
})
after(async () => {
  await browser?.stop()
  await server?.stop()
})

/** Presses Tab until the focus is on what fits, as a person would. */
async function tabTo(v, selector, limit = 120) {
  for (let i = 0; i < limit; i += 1) {
    await v.page.keyboard.press('Tab')
    const at = await v.page.evaluate((s) => {
      const e = document.activeElement
      if (!e?.matches(s)) return null
      const style = getComputedStyle(e)
      return { seen: style.outlineStyle !== 'none' || style.boxShadow !== 'none' }
    }, selector)
    if (!at) continue
    assert.ok(at.seen, `the focus on ${selector} can't be seen`)
    return
  }
  assert.fail(`${selector} is not reached by ${limit} times Tab`)
}

async function login(name) {
  const v = await browser.visitor(server)
  await v.open('/')
  await v.page.locator('[data-demo]').first().waitFor()
  await tabTo(v, `[data-demo="${name}"]`)
  await v.page.keyboard.press('Enter')
  await v.page.getByTestId('user-menu').waitFor()
  await v.settled()
  return v
}

test('an approval and a rejection are done by keyboard alone', async () => {
  const engineer = await login('engineer')
  const finance = await login('finance')
  const press = async () => {
    await engineer.page.locator('[data-action="jira-done"]:enabled').waitFor()
    await tabTo(engineer, '[data-action="jira-done"]')
    await engineer.page.keyboard.press('Enter')
    await engineer.page.getByTestId('demo-result').waitFor()
  }
  const find = async (key) => {
    const [claim] = await until(() => server.records('expense_claim', `subject=like."*${key}*"`), (a) => a[0]?.state === 'submitted', `the claim of ${key}`)
    await finance.page.keyboard.press('Control+k')
    const dialog = finance.page.getByRole('dialog')
    await dialog.waitFor()
    await finance.page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    await finance.page.keyboard.press('Control+k')
    await dialog.waitFor()
    await dialog.locator('input:focus').waitFor()
    await finance.page.keyboard.type(claim.number)
    await dialog.locator(`[data-record="expense_claim/${claim.id}"]`).waitFor()
    await finance.page.keyboard.press('Enter')
    await finance.page.waitForURL(`**/t/expense_claim/${claim.id}`)
    await dialog.waitFor({ state: 'hidden' })
    await finance.page.locator('[data-transition=approve]').waitFor()
    return claim
  }
  await press()
  const first = await find('DTF-101')
  // The tabs of the record are moved along by arrows.
  await tabTo(finance, '[role=tab]')
  await finance.page.keyboard.press('ArrowLeft')
  await finance.page.waitForURL(/tab=story/)
  await finance.page.locator('main [data-event]').first().waitFor()
  await finance.page.keyboard.press('ArrowRight')
  await finance.page.waitForURL((u) => !u.search.includes('tab='))
  await finance.page.keyboard.press('Shift+Tab')
  await tabTo(finance, '[data-transition=approve]')
  await finance.page.keyboard.press('Enter')
  await until(() => server.call('GET', `/api/v1/records/expense_claim/${first.id}`), (r) => r.state === 'approved', 'the approval')

  await press()
  const second = await find('DTF-102')
  await tabTo(finance, '[data-transition=reject]')
  await finance.page.keyboard.press('Enter')
  const dialog = finance.page.getByRole('dialog')
  await dialog.locator('textarea:focus').waitFor()
  await finance.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await finance.page.locator('[data-transition=reject]:focus').waitFor()
  await finance.page.keyboard.press('Enter')
  await dialog.locator('textarea:focus').waitFor()
  await finance.page.keyboard.type('缺少发票')
  await tabTo(finance, '[role=dialog] .ant-btn-primary')
  await finance.page.keyboard.press('Enter')
  await until(() => server.call('GET', `/api/v1/records/expense_claim/${second.id}`), (r) => r.state === 'rejected' && r.decision_note === '缺少发票', 'the rejection')
  await engineer.close()
  await finance.close()
})
