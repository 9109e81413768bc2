// A type of an organisation's own, one YAML file in its data folder, has menu entry, list, form, history and rights without a rebuild.
// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Browser, Server } from './browser.mjs'

const MODEL = `type: vehicle_booking
engine: operations
label: {en: Vehicle booking, zh: 用车申请}
plural: {en: Vehicle bookings, zh: 用车申请单}
number: VB-{seq:4}
title: purpose
fields:
  purpose: {type: text, required: true, search: true, max_length: 80, label: {en: Purpose, zh: 用车事由}}
  seats:   {type: int, min: 1, max: 50, label: {en: Seats, zh: 座位数}}
  day:     {type: date, label: {en: Day, zh: 用车日期}}
  task:    {type: link, to: task, label: {en: Task, zh: 任务}}
states:
  draft:  {kind: draft, label: {en: Draft, zh: 草稿}}
  booked: {kind: done, label: {en: Booked, zh: 已预订}}
transitions:
  book: {from: draft, to: booked, who: [creator], label: {en: Book, zh: 预订}, requires: [day], style: primary}
rights:
  - {role: project_manager, may: [read, create, update, delete]}
  - {role: process_engineer, may: [read]}
views:
  list: [number, purpose, state, day, seats]
  form: [{fields: [purpose, seats, day, task]}]
menu: {group: operations, order: 15}
`

let browser, server
before(async () => {
  browser = await Browser.start()
  server = await Server.start({
    prepare: (data) => {
      mkdirSync(join(data, 'model'))
      writeFileSync(join(data, 'model', 'vehicle_booking.yaml'), MODEL)
    },
  })
})
after(async () => {
  await browser?.stop()
  await server?.stop()
})

test('a type of one\'s own is in the menu, in list, form, history and search, and its rights hold', async () => {
  const v = await (await browser.visitor(server, { lang: 'zh-CN' })).demoLogin('pm')
  const entry = v.page.locator('nav a[href="/t/vehicle_booking"]')
  assert.equal((await entry.innerText()).trim(), '用车申请单')
  await v.page.locator('header').getByText('English', { exact: true }).click()
  await v.page.locator('nav').getByText('Vehicle bookings').waitFor()
  await v.go('/t/vehicle_booking')
  await v.page.locator('a[href="/t/vehicle_booking/new"]').click()
  await v.page.locator('#field-purpose').fill('Fetch the hosts 接主播')
  await v.page.locator('#field-seats').fill('51')
  await v.page.locator('main form button[type=submit]').click()
  await v.page.locator('[data-field=seats] .fault').filter({ hasText: '50' }).waitFor()
  await v.page.locator('#field-seats').fill('7')
  await v.page.locator('main form button[type=submit]').click()
  await v.page.waitForURL(/\/t\/vehicle_booking\/[0-9a-f-]{36}$/)
  const id = v.page.url().split('/').at(-1)
  await v.page.locator('main').getByText('VB-0001').waitFor()
  await v.page.locator('[data-transition=book]').click()
  const dialog = v.page.getByRole('dialog')
  await dialog.locator('#transition-day').fill('2026-12-12')
  await v.page.keyboard.press('Enter')
  await dialog.getByRole('button', { name: 'Book', exact: true }).click()
  await v.page.locator('main').getByText('Booked', { exact: true }).first().waitFor()
  assert.equal((await server.call('GET', `/api/v1/records/vehicle_booking/${id}`, { user: 'pm' })).day, '2026-12-12')
  await v.page.locator('a[href*="tab=history"]').click()
  await v.page.locator('main').getByText('Fetch the hosts 接主播').nth(1).waitFor()
  await v.go('/t/vehicle_booking')
  await v.record('vehicle_booking', id).waitFor()
  await v.page.keyboard.press('Control+k')
  await v.page.getByRole('dialog').locator('input:focus').waitFor()
  await v.page.keyboard.type('主播')
  await v.page.getByRole('dialog').locator(`[data-record="vehicle_booking/${id}"]`).waitFor()
  await v.close()

  const engineer = await (await browser.visitor(server, { lang: 'en' })).demoLogin('engineer', '/t/vehicle_booking')
  await engineer.record('vehicle_booking', id).waitFor()
  assert.equal(await engineer.page.locator('a[href="/t/vehicle_booking/new"]').count(), 0)
  await engineer.open(`/t/vehicle_booking/${id}`)
  await engineer.page.locator('main [data-field=seats]').waitFor()
  assert.equal(await engineer.page.getByRole('button', { name: 'Edit', exact: true }).count(), 0)
  await engineer.close()

  const finance = await (await browser.visitor(server, { lang: 'en' })).demoLogin('finance')
  assert.equal(await finance.page.locator('nav a[href="/t/vehicle_booking"]').count(), 0)
  await finance.open('/t/vehicle_booking')
  await finance.page.getByTestId('not-found').waitFor()
  await finance.close()
})
