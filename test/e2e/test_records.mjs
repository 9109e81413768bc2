// Records in the browser: made, changed, met by another's change, refused at the right field, found by filters, taken away.
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

/** Chooses in a box that is searched by typing. */
async function pick(v, id, typed, text = typed) {
  const box = v.page.locator(`#${id}`)
  await box.click()
  await box.pressSequentially(typed)
  await v.page.locator('.ant-select-dropdown:visible .ant-select-item-option').filter({ hasText: text }).first().click()
}

const save = (v) => v.page.locator('main form button[type=submit]').click()
const numbers = (v) => v.page.locator('main tbody [data-record], main tbody tr[data-record]').evaluateAll((rows) => rows.map((r) => r.cells[0].innerText.trim()))

test('filter, order and page of a list stand in the address and survive a reload', async () => {
  const v = await (await browser.visitor(server, { lang: 'en' })).demoLogin('pm')
  await v.go('/t/task')
  const count = async () => Number((await v.page.getByTestId('count').innerText()).replace(/\D/g, ''))
  const all = await count()
  await v.page.getByRole('button', { name: 'Add filter' }).click()
  await pick(v, 'filter-field', 'Kind')
  const value = v.page.locator('#filter-value')
  await value.click()
  await v.page.locator('.ant-select-dropdown:visible .ant-select-item-option').filter({ hasText: 'Campaign' }).first().click()
  await v.page.getByRole('button', { name: 'Apply' }).click()
  await v.page.waitForURL(/[?&]kind=/)
  const campaigns = (await server.records('task', 'kind=eq.campaign')).length
  await until(count, (n) => n === campaigns, 'the number of campaigns')
  assert.ok(campaigns < all)
  await v.page.getByRole('link', { name: 'Due' }).click()
  await v.page.waitForURL(/order=due\.asc/)
  const due = async () => (await server.records('task', 'kind=eq.campaign&order=due.asc')).map((t) => t.number)
  const wanted = await due()
  await until(() => numbers(v), (n) => n.join() === wanted.join(), 'the rows by their day')
  await v.page.reload()
  await v.settled()
  await until(() => numbers(v), (n) => n.join() === wanted.join(), 'the same rows after a reload')
  assert.equal(await v.page.locator('th[aria-sort=ascending]').innerText(), 'Due')
  await v.page.getByRole('link', { name: 'Due' }).click()
  await v.page.waitForURL(/order=due\.desc/)
  await until(async () => (await numbers(v))[0], (n) => n === wanted.at(-1), 'the last day first')
  await v.page.goBack()
  await until(async () => (await numbers(v))[0], (n) => n === wanted[0], 'the order before, by the back button')
  await v.page.getByRole('button', { name: /^Remove filter/ }).click()
  await until(count, (n) => n === all, 'all tasks again')

  await v.open('/t/task?limit=10&order=number.asc')
  await v.page.getByRole('button', { name: 'Next' }).click()
  await v.page.waitForURL(/after=/)
  const second = (await server.records('task', 'order=number.asc')).slice(10, 20).map((t) => t.number)
  await until(() => numbers(v), (n) => n.join() === second.join(), 'the second page')
  await v.page.reload()
  await v.settled()
  await until(() => numbers(v), (n) => n.join() === second.join(), 'the second page after a reload')
  await v.page.getByRole('button', { name: 'Previous' }).click()
  await until(() => numbers(v), (n) => n[0] === 'T-000001', 'the first page')

  const box = v.page.getByRole('search').locator('input').first()
  await box.fill('live night')
  await box.press('Enter')
  await v.page.waitForURL(/q=live/)
  await until(() => numbers(v), (n) => n.length === 1 && n[0] === 'T-000001', 'what was looked for')
  await v.page.locator('main tbody tr').first().locator('td').last().click()
  await v.page.waitForURL(/\/t\/task\/[0-9a-f-]{36}$/)
  await v.close()
})

test('a claim with lines is made, refused at its fields, mended, and taken away', async () => {
  const v = await (await browser.visitor(server, { lang: 'en' })).demoLogin('finance')
  await v.open('/t/expense_claim')
  await v.page.locator('a[href="/t/expense_claim/new"]').click()
  const subject = v.page.locator('#field-subject')
  await subject.waitFor()
  await save(v)
  await v.page.locator('[data-field=subject] .fault').waitFor()
  assert.equal(await subject.getAttribute('aria-invalid'), 'true')
  await v.page.locator('#field-subject:focus').waitFor()
  assert.match(await v.page.locator('[data-field=subject] .fault').innerText(), /\S/)

  await subject.fill('Printed matter 印刷品')
  await v.page.getByRole('button', { name: 'Add line' }).click()
  const fault = v.page.locator('[data-field=lines] .cell-fault')
  const amount = v.page.locator('#field-lines-0-amount')
  await amount.fill('12.3.4')
  await save(v)
  await fault.filter({ hasText: 'not a number' }).waitFor()
  // Only the server knows that an amount is not below nothing, and that a line has a description.
  await amount.fill('-5')
  await save(v)
  await v.page.locator('#field-lines-0-amount-fault').filter({ hasNotText: 'not a number' }).waitFor()
  await amount.fill('1200.50')
  await save(v)
  await v.page.locator('#field-lines-0-description-fault').waitFor()
  await v.page.locator('#field-lines-0-description').fill('Printing')
  await v.page.getByRole('button', { name: 'Add line' }).click()
  await v.page.locator('#field-lines-1-description').fill('To be removed')
  await v.page.locator('#field-lines-1-amount').fill('99')
  await v.page.getByRole('button', { name: 'Remove line 2' }).click()
  await v.page.getByRole('button', { name: 'Add line' }).click()
  await v.page.locator('#field-lines-1-description').fill('Delivery')
  await v.page.locator('#field-lines-1-amount').fill('300')
  await pick(v, 'field-claimant', '刘思远')
  await save(v)
  await v.page.waitForURL(/\/t\/expense_claim\/[0-9a-f-]{36}$/)
  await v.page.locator('main [data-field=total]').filter({ hasText: '1,500.50' }).waitFor()
  const id = v.page.url().split('/').at(-1)

  // Without a budget line it can't be submitted, and the button says why.
  const submit = v.page.locator('[data-transition=submit]')
  assert.equal(await submit.getAttribute('aria-disabled'), 'true')
  assert.match(await v.page.locator('#why-submit').textContent(), /budget line/i)

  // Taken away: asked first, Escape keeps it.
  await v.open(`/t/expense_claim/${id}`)
  await v.page.getByRole('button', { name: 'Delete', exact: true }).click()
  const dialog = v.page.getByRole('dialog')
  await dialog.waitFor()
  await v.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await v.page.getByRole('button', { name: 'Delete', exact: true }).click()
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await v.page.waitForURL(/\/t\/expense_claim(\?|$)/)
  await until(() => v.record('expense_claim', id).count(), (n) => n === 0, 'the list without it')
  await v.open(`/t/expense_claim/${id}`)
  await v.page.getByTestId('not-found').waitFor()
  await v.close()
})

async function twoEditors(values) {
  const record = await server.call('POST', '/api/v1/records/task', { user: 'pm', body: values })
  const both = []
  for (let i = 0; i < 2; i += 1) {
    const v = await (await browser.visitor(server, { lang: 'en' })).demoLogin('pm', `/t/task/${record.id}?edit=1`)
    await v.page.locator('#field-subject').waitFor()
    both.push(v)
  }
  return { record, both, now: () => server.call('GET', `/api/v1/records/task/${record.id}`) }
}

test('of two people who edit one record the later one sees both values and chooses', async () => {
  const { both: [first, second], now } = await twoEditors({ subject: 'As it was', outside_key: 'K-1' })
  await first.page.locator('#field-subject').fill('Theirs')
  await save(first)
  await first.page.locator('h1', { hasText: 'Theirs' }).waitFor()
  await second.page.locator('#field-subject').fill('Mine')
  await save(second)
  const notice = second.page.getByTestId('conflict')
  await notice.waitFor()
  const row = notice.locator('tbody tr')
  assert.equal(await row.count(), 1)
  assert.match(await row.innerText(), /Theirs[\s\S]*Mine/)
  assert.equal((await now()).subject, 'Theirs', 'nothing is overwritten unasked')
  await notice.getByRole('button', { name: 'Take all theirs' }).click()
  await second.page.locator('h1', { hasText: 'Theirs' }).waitFor()
  assert.equal((await now()).subject, 'Theirs')

  for (const v of [first, second]) {
    await v.page.getByRole('button', { name: 'Edit', exact: true }).click()
    await v.page.locator('#field-subject').waitFor()
  }
  await first.page.locator('#field-subject').fill('Theirs again')
  await save(first)
  await first.page.locator('h1', { hasText: 'Theirs again' }).waitFor()
  await second.page.locator('#field-subject').fill('Mine after all')
  await save(second)
  await notice.waitFor()
  await notice.getByRole('button', { name: 'Take all mine' }).click()
  await second.page.locator('h1', { hasText: 'Mine after all' }).waitFor()
  assert.equal((await now()).subject, 'Mine after all')
  // The other's open page follows by itself.
  await first.page.locator('h1', { hasText: 'Mine after all' }).waitFor()
  await first.page.locator('a[href*="tab=history"]').click()
  await first.page.getByText('Theirs again').first().waitFor()
  await first.close()
  await second.close()
})

test('changes to different fields of one record are both kept without a question', async () => {
  const { both: [first, second], now } = await twoEditors({ subject: 'Two fields' })
  await first.page.locator('#field-subject').fill('Two fields, first')
  await save(first)
  await first.page.locator('h1', { hasText: 'first' }).waitFor()
  await pick(second, 'field-priority', 'Urgent')
  await save(second)
  await second.page.locator('h1', { hasText: 'first' }).waitFor()
  await until(now, (t) => t.subject === 'Two fields, first' && t.priority === 'urgent', 'both changes')
  await first.close()
  await second.close()
})

test('a field that an outside system owns is read-only, with the reason', async () => {
  const [task] = await server.records('task', 'outside_key=eq.DTF-101')
  const v = await (await browser.visitor(server, { lang: 'en' })).demoLogin('pm', `/t/task/${task.id}?edit=1`)
  const field = v.page.locator('main [data-field=subject]')
  await field.waitFor()
  assert.equal(await field.locator('input').count(), 0)
  assert.match(await field.innerText(), /Jira/i)
  await v.close()
})
