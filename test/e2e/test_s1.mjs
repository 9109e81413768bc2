// Story S1 as its three people live it: a campaign is finished in Jira, finance decides on its claim, the project manager reads the answer.
// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { Browser, Server, tandem, until } from './browser.mjs'

const WORDS = {
  'zh-CN': {
    submitted: '待审批', claimed: '已提交报销', approved: '已批准', rejected: '已驳回', approve: '批准', reject: '驳回', required: '此项必填',
    demo: '在 Jira 中完成一个营销活动', here: '当前记录', done: '已完成', off: '已停用', on: '已启用', jobs: '后台任务', noDead: '没有死信', replay: '重放', drop: '丢弃',
    told: '财务驳回了报销单', toldOther: 'Finance rejected the expense claim',
  },
  en: {
    submitted: 'Submitted', claimed: 'Claimed', approved: 'Approved', rejected: 'Rejected', approve: 'Approve', reject: 'Reject', required: 'This is required',
    demo: 'Finish a campaign in Jira', here: 'This record', done: 'Done', off: 'Off', on: 'On', jobs: 'Jobs', noDead: 'No dead letters', replay: 'Replay', drop: 'Drop',
    told: 'Finance rejected the expense claim', toldOther: '财务驳回了报销单',
  },
}

let browser
before(async () => void (browser = await Browser.start()))
after(() => browser?.stop())

/** What a record's page shows as the value of a field. */
const value = (v, field) => v.page.locator(`main [data-field="${field}"]`)
const shows = (v, field, text) => value(v, field).filter({ hasText: text }).waitFor()
const money = (text) => (text.replace(/[^\d.,-]/g, '').replace(/,/g, '') || '0')

async function pressDemo(v) {
  await v.open('/')
  await v.page.locator('[data-action="jira-done"]').click()
  const told = v.page.getByTestId('demo-result')
  await told.filter({ hasText: '202' }).waitFor()
  return (await told.locator('[data-record]').getAttribute('data-record')).split('/')[1]
}

/** Whatever was to happen by itself has happened. */
async function quiet(server) {
  let events = -1
  await until(async () => {
    const r = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.tokens.admin}` } })
    const text = await r.text()
    const n = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
    const still = n('tandem_jobs_waiting') + n('tandem_jobs_leased') + n('tandem_flow_lag_events') === 0 && n('tandem_events_total') === events
    events = n('tandem_events_total')
    return still
  }, Boolean, 'that nothing is left to be done')
}

/** The claim that finance's open list shows for a campaign, without being asked to. */
async function claimArrives(finance, key, words) {
  const row = finance.page.locator('main [data-record^="expense_claim/"]').filter({ hasText: `[${key}]` })
  await row.filter({ hasText: words.submitted }).waitFor()
  assert.equal(await row.count(), 1, 'one claim for one campaign')
  return row
}

for (const lang of ['zh-CN', 'en']) {
  test(`a campaign finished in Jira reaches finance and its answer the project manager (${lang})`, async (t) => {
    const words = WORDS[lang]
    const server = await Server.start()
    t.after(() => server.stop())
    const [task] = await server.records('task', 'outside_key=eq.DTF-101')
    const [metro] = await server.records('task', 'outside_key=eq.DTF-102')
    const budget = (await server.records('budget')).find((b) => b.lines.some((l) => l.name.includes('双12推广费')))
    const pm = await (await browser.visitor(server, { lang })).demoLogin('pm')
    const finance = await (await browser.visitor(server, { lang })).demoLogin('finance')
    const engineer = await (await browser.visitor(server, { lang })).demoLogin('engineer')
    for (const v of [pm, finance, engineer]) assert.equal(await v.page.evaluate(() => document.documentElement.lang), lang)
    let budgetPage, pmTask
    const line = () => budgetPage.page.locator('main tr').filter({ hasText: '双12推广费' })
    const figures = async () => {
      // The figures of a line follow its planned amount: reserved, committed, actual, available.
      const cells = (await line().locator('td').allTextContents()).map((c) => c.trim())
      const at = cells.findIndex((c) => money(c) === '1200000.00')
      return { reserved: money(cells[at + 1]), actual: money(cells[at + 3]), available: money(cells[at + 4]) }
    }

    await t.test('the claim arrives in the open list of finance, and the bell counts up', async () => {
      await finance.go('/t/expense_claim')
      budgetPage = await browser.again(finance, `/t/budget/${budget.id}`, { lang })
      pmTask = await browser.again(pm, `/t/task/${task.id}`, { lang })
      const loads = finance.loads
      const unread = await finance.unread()
      const rows = await finance.page.locator('main [data-record^="expense_claim/"]').count()
      assert.equal((await engineer.page.locator('[data-action="jira-done"]').textContent()).trim(), words.demo)
      assert.equal(await pressDemo(engineer), task.id)
      await claimArrives(finance, 'DTF-101', words)
      assert.equal(await finance.page.locator('main [data-record^="expense_claim/"]').count(), rows + 1)
      await until(() => finance.unread(), (n) => n === unread + 1, 'one more notification at the bell')
      assert.equal(finance.loads, loads, 'the page was not loaded again')
      assert.match(await finance.page.locator('main tbody tr').first().innerText(), /DTF-101/, 'the newest claim stands first')
    })

    await t.test('the budget shows the amount reserved, the task that it was claimed', async () => {
      await until(figures, (f) => f.reserved === '112500.00', 'the reserved amount at the budget line')
      await shows(pmTask, 'settlement_state', words.claimed)
      await shows(pmTask, 'reserved', '80,000.00')
    })

    await t.test('the story leads from the message to the claim, with lags and links', async () => {
      await (await claimArrives(finance, 'DTF-101', words)).locator('a[href^="/t/expense_claim/"]').first().click()
      await finance.settled()
      await finance.tab('story').click()
      const events = finance.page.locator('main [data-event]')
      await finance.page.locator('main [aria-current=true]').filter({ hasText: words.here }).first().waitFor()
      const types = await events.locator('[data-record]').evaluateAll((all) => all.map((e) => e.dataset.record.split('/')[0]))
      const places = ['hook_delivery', 'task', 'flow_run', 'expense_claim'].map((type) => types.indexOf(type))
      assert.ok(!places.includes(-1), `the story holds ${types}`)
      assert.deepEqual([...places].sort((a, b) => a - b), places, `the story's order is ${types}`)
      assert.ok((await finance.page.locator('main .lag').allTextContents()).every((text) => /\d/.test(text)))
      assert.ok(await finance.page.locator('main .lag').count() >= 3, 'what followed says after how long')
      for (const type of ['hook_delivery', 'task', 'flow_run']) assert.ok(await events.locator(`a[href^="/t/${type}/"]`).count(), `a link to ${type}`)
      await finance.page.locator('main [data-event] a[href^="/t/flow_run/"]').first().click()
      await finance.page.waitForURL(/\/t\/flow_run\//)
      await finance.settled()
      await finance.page.goBack()
      await events.first().waitFor()
    })

    await t.test('finance approves, and the open page of the task shows answer and cost', async () => {
      const button = finance.page.locator('[data-transition=approve]')
      assert.equal((await button.textContent()).trim(), words.approve)
      await button.click()
      await finance.page.locator('main .page-head, main').first().getByText(words.approved, { exact: true }).first().waitFor()
      await shows(pmTask, 'settlement_state', words.approved)
      await shows(pmTask, 'cost', '80,000.00')
      await until(figures, (f) => f.reserved === '32500.00' && f.actual === '163600.00', 'the actual amount at the budget line')
      assert.equal(pmTask.loads, 1)
      assert.equal(budgetPage.loads, 1)
    })

    await t.test('a rejection asks for its reason and becomes a task of the project manager', async () => {
      await finance.go('/t/expense_claim')
      await pmTask.open(`/t/task/${metro.id}`)
      const unread = await pm.unread()
      assert.equal(await pressDemo(engineer), metro.id, 'the button finishes the next campaign')
      await (await claimArrives(finance, 'DTF-102', words)).locator('a[href^="/t/expense_claim/"]').first().click()
      await finance.page.locator('[data-transition=reject]').click()
      const dialog = finance.page.getByRole('dialog')
      await dialog.waitFor()
      const yes = dialog.getByRole('button', { name: words.reject, exact: true })
      await yes.click()
      await dialog.getByText(words.required).waitFor()
      const reason = lang === 'en' ? 'The invoice of the agency is missing.' : '缺少代理商发票。'
      await dialog.locator('#transition-decision_note').fill(reason)
      await yes.click()
      await dialog.waitFor({ state: 'detached' })
      await shows(pmTask, 'settlement_state', words.rejected)
      await shows(pmTask, 'settlement_note', reason)
      await until(() => pm.unread(), (n) => n > unread, 'a notification for the project manager')
      await pm.page.locator('header a[href="/t/notification"]').click()
      const told = pm.page.locator('main [data-record^="notification/"]').filter({ hasText: words.told })
      await told.filter({ hasText: reason }).first().waitFor()
      assert.equal(await pm.page.locator('main').getByText(words.toldOther).count(), 0, 'only the language of the reader')
      await pm.open('/t/task?order=created_at.desc')
      await pm.page.locator('main [data-record^="task/"]').filter({ hasText: reason }).first().waitFor()
    })

    await t.test('with the flow switched off the campaign is done and nobody claims', async () => {
      await engineer.go('/integration/flows')
      const flow = engineer.page.locator('[data-flow="campaign_claim"]')
      await flow.getByRole('switch').click()
      await flow.getByText(words.off, { exact: true }).waitFor()
      const [kol] = await server.records('task', 'outside_key=eq.DTF-103')
      await pmTask.open(`/t/task/${kol.id}?tab=links`)
      assert.equal(await pressDemo(engineer), kol.id)
      await pmTask.page.locator('main').getByText(words.done, { exact: true }).first().waitFor()
      await quiet(server)
      await pmTask.open(`/t/task/${kol.id}?tab=links`)
      assert.equal(await pmTask.page.locator('main a[href*="/t/expense_claim"]').count(), 0)
      assert.equal((await server.records('expense_claim', `task=eq.${kol.id}`)).length, 0)
      await engineer.open('/integration/flows')
      await flow.getByRole('switch').click()
      await flow.getByText(words.on, { exact: true }).waitFor()
    })

    await t.test('the page of background jobs shows a dead letter with its reason, runs it again and drops it', async () => {
      await engineer.go('/integration/jobs')
      assert.match(await engineer.page.locator('h1').textContent(), new RegExp(words.jobs))
      await engineer.page.getByText(words.noDead).waitFor()
      // A subject of 600 characters is more than a task takes.
      tandem(['connection', 'secret', '--data', server.data, 'jira'], { input: 'a secret' })
      const raw = JSON.stringify({
        timestamp: Date.now(), webhookEvent: 'jira:issue_updated', issue: { id: '10101', key: 'DTF-101', fields: { summary: 'x'.repeat(600) } }, changelog: { id: '1', items: [] },
      })
      const signature = `sha256=${createHmac('sha256', 'a secret').update(raw).digest('hex')}`
      const sent = await fetch(`${server.url}/hooks/jira`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-hub-signature': signature }, body: raw })
      assert.equal(sent.status, 202)
      const dead = engineer.page.locator('[data-job]')
      await until(async () => {
        if (await dead.count()) return true
        await engineer.open('/integration/jobs')
        return (await dead.count()) > 0
      }, Boolean, 'the dead letter')
      await dead.filter({ hasText: /500/ }).first().waitFor()
      const act = async (word) => {
        await dead.first().getByRole('button', { name: word, exact: true }).click()
        await engineer.page.getByRole('dialog').getByRole('button', { name: word, exact: true }).click()
        await engineer.page.getByRole('dialog').waitFor({ state: 'detached' })
      }
      await act(words.replay)
      await quiet(server)
      await engineer.open('/integration/jobs')
      await dead.first().waitFor()
      await act(words.drop)
      await engineer.page.getByText(words.noDead).waitFor()
    })

    for (const v of [pm, finance, engineer, budgetPage, pmTask]) await v.close()
  })
}
