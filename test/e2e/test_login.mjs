// The one-time link, the password that it sets, and logging in and out with it.
// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { Browser, Server, tandem } from './browser.mjs'

let browser
before(async () => void (browser = await Browser.start()))
after(() => browser?.stop())

test('a new company: the one-time link sets a password and logs in, the password logs in again', async (t) => {
  const server = await Server.start({ init: [] })
  t.after(() => server.stop())
  const link = /\/welcome\/\S+/.exec(tandem(['user', 'link', '--data', server.data, 'admin']))[0]
  const v = await browser.visitor(server, { lang: 'en' })
  await v.open('/')
  assert.equal(await v.page.locator('[data-demo]').count(), 0, 'no one-click log-in outside the demo company')
  await v.open(link)
  const form = v.page.locator('main form')
  const passwords = form.locator('input[type=password]')
  assert.equal(await passwords.count(), 2)
  assert.equal(await form.locator('button[type=submit]').count(), 1)
  await passwords.first().fill('a long enough password')
  await passwords.last().fill('another one')
  await form.locator('button[type=submit]').click()
  await v.page.getByRole('alert').filter({ hasText: 'not the same' }).waitFor()
  await passwords.first().fill('short')
  await passwords.last().fill('short')
  await form.locator('button[type=submit]').click()
  await v.page.getByRole('alert').filter({ hasNotText: 'not the same' }).waitFor()
  for (const box of [passwords.first(), passwords.last()]) await box.fill('a long enough password')
  await form.locator('button[type=submit]').click()
  await v.page.getByTestId('user-menu').waitFor()
  assert.equal(new URL(v.page.url()).pathname, '/')

  await v.page.getByTestId('user-menu').getByRole('button').first().click()
  await v.page.getByRole('button', { name: 'Log out' }).click()
  await v.page.locator('input[name=username]').waitFor()
  // Where somebody was headed is where the log-in leads.
  await v.page.goto(`${server.url}/t/user`)
  await v.page.locator('input[name=username]').fill('admin')
  await v.page.locator('input[name=password]').fill('a wrong password')
  await v.page.locator('button[type=submit]').click()
  await v.page.getByRole('alert').waitFor()
  await v.page.locator('input[name=password]').fill('a long enough password')
  await v.page.locator('button[type=submit]').click()
  await v.page.locator('main [data-record^="user/"]').first().waitFor()
  assert.equal(new URL(v.page.url()).pathname, '/t/user')

  const late = await browser.visitor(server, { lang: 'en' })
  await late.open(link)
  for (const name of ['password', 'password_again']) await late.page.locator(`input[name=${name}]`).fill('a long enough password')
  await late.page.locator('button[type=submit]').click()
  await late.page.getByRole('alert').waitFor()
  assert.equal(await late.page.getByTestId('user-menu').count(), 0, 'the link works once')
  await late.close()
  await v.close()
})
