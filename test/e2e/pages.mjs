// What the tests of all pages share: the pages of each role, and what holds on each of them.
// SPDX-License-Identifier: Apache-2.0
import { Server, until } from './browser.mjs'

export const THEME = { 'zh-CN': { light: '浅色', dark: '深色' }, en: { light: 'Light', dark: 'Dark' } }
export const LANG = { 'zh-CN': '中文', en: 'English' }

/** The demo company in the middle of story S1, so that every page has something to show. */
export async function busyCompany() {
  const server = await Server.start()
  await server.call('POST', '/api/v1/demo/jira-done', { user: 'engineer' })
  const [claim] = await until(() => server.records('expense_claim', 'subject=like."*DTF-101*"'), (a) => a[0]?.state === 'submitted', 'the claim')
  const [task] = await server.records('task', 'outside_key=eq.DTF-101')
  const budget = (await server.records('budget')).find((b) => b.lines.length > 3)
  const [delivery] = await server.records('hook_delivery', 'order=created_at.desc')
  return { server, claim, task, budget, delivery }
}

/** The words of a page are there and nothing of it is still moving. */
export async function still(v) {
  await v.settled()
  await v.page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity))
}

export async function choose(v, lang, theme) {
  for (const text of [LANG[lang], THEME[lang][theme]]) {
    const button = v.page.locator('header').getByRole('button', { name: text, exact: true }).or(v.page.locator('header').getByRole('radio', { name: text, exact: true })).first()
    await button.click()
  }
  await v.page.waitForFunction(([l, t]) => document.documentElement.lang === l && localStorage.getItem('tandem.lang') === l && localStorage.getItem('tandem.theme') === t, [lang, theme])
  await still(v)
}

/** WEB.md 3, 4 and 7, as far as they can be seen in the page. */
export function faultsOfPage() {
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

/** What a role opens in its work; together every kind of page. */
export function pagesOf(role, { claim, task, budget, delivery }) {
  const record = { expense_claim: claim, task, budget, hook_delivery: delivery }
  const one = (type) => record[type] && [`/t/${type}/${record[type].id}`]
  if (role === 'engineer') return ['/', '/integration/flows', '/integration/jobs', '/integration/jobs?state=all', '/t/connection', '/t/hook_delivery?limit=6', ...one('hook_delivery'), '/t/identity', '/t/flow_run', '/no-such-page']
  if (role === 'pm') return ['/t/program', '/t/project', '/t/task?limit=6', ...one('task'), '/t/task/new', '/t/milestone?limit=6', '/t/time_entry?limit=6', '/t/comment?limit=6', `/t/task/${task.id}?edit=1`, `/t/task/${task.id}?tab=links`]
  const tabs = ['history', 'links', 'story'].map((tab) => `/t/expense_claim/${claim.id}?tab=${tab}`)
  return [
    '/', '/t/expense_claim?limit=6', ...one('expense_claim'), ...tabs, '/t/expense_claim/new', '/t/expense_claim?state=eq.submitted&order=total.desc', ...one('budget'),
    `/t/budget/${budget.id}?edit=1`, '/t/project_settlement', '/t/commitment?limit=6', '/t/department?limit=6', '/t/employee?limit=6', '/t/company', '/t/user', '/t/notification', '/t/nothing', `/t/task/${budget.id}`,
  ]
}

export async function checkPage(v, path) {
  await v.open(path)
  await until(() => v.page.evaluate(faultsOfPage), (f) => !f.length, `${path} as it must be`, 4000)
}
