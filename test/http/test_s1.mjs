// Story S1 from Jira's signed message to finance's answer, every branch of it, against the real server.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { refused, until, tandem } from './server.mjs'
import {
  budgetLine, cny, deliver, delivery, demoServer, done, fixture, history, issue, listen, newIssue, nothingDead, one,
  outcome, quiet, revisionsAreWhole, send, taskOf, tick,
} from './support_s1.mjs'

let s
const employees = {}
before(async () => {
  s = await demoServer()
  for (const e of await s.all('employee')) employees[e.employee_no] = e
})
after(() => s?.stop())

const cents = (m) => Number(m.amount.replace('.', ''))
const users = async (name) => one(s, 'user', `name=eq.${name}`)

/** A project of Jira that nobody has planned: without a manager, without a budget. */
let projects = 770000
async function newProject({ manager, line } = {}) {
  const key = String(++projects)
  await deliver(s, issue({ id: newIssue(), to: 'todo', labels: [], project: key }))
  let project = await one(s, 'project', `key=eq.P${key}`)
  assert.equal(project.manager, null)
  assert.equal(project.state, 'active')
  if (manager) project = (await s.patch(`/api/v1/records/project/${project.id}`, project.rev, { manager }, { token: s.pm })).json
  if (line) await newBudget(project, line)
  return { key, project }
}
async function newBudget(project, { state = 'active', ...line }) {
  const budget = await s.make('budget', {
    title: `预算 ${project.title}`,
    lines: [{ name: `科目 ${project.title}`, category: 'marketing', project: project.id, ...line }],
  }, { token: s.finance })
  if (state === 'active') assert.equal((await s.transition('budget', budget, 'activate', undefined, { token: s.finance })).status, 200)
  return budget
}

for (const lang of ['zh-CN', 'en']) {
  const headers = { 'accept-language': lang }
  const zh = lang === 'zh-CN'
  const finance = () => ({ token: s.finance, headers })

  test(`${lang}: a campaign done in Jira becomes a submitted claim, a reservation and a settlement, and finance hears of it`, async () => {
    const id = newIssue()
    const line = await budgetLine(s, '双12推广费')
    const unread = (await s.all('notification', 'read=eq.false', finance())).length
    const live = await listen(s, s.finance)
    await deliver(s, issue({ id, to: 'todo', plan: 52500.5 }))
    await deliver(s, issue({ id, from: 'todo', to: 'in_progress', plan: 52500.5 }))
    assert.equal((await outcome(s, id)).claims.length, 0)
    const message = await deliver(s, done(id, { plan: 52500.5 }))
    assert.equal(message.state, 'processed')

    const { task, claim, settlement, claims, settlements } = await outcome(s, id)
    assert.equal(task.kind, 'campaign')
    assert.equal(task.state, 'done')
    assert.deepEqual([claims.length, settlements.length], [1, 1])
    assert.equal(claim.state, 'submitted')
    assert.equal(claim.claimant, employees['1021'].id)
    assert.deepEqual(claim.total, cny('52500.50'))
    assert.equal(claim.budget_line, line.id)
    assert.equal(claim.exception_kind, null)
    assert.equal(claim.exception, null)
    assert.equal(claim.project, task.project)
    const { planned, reserved, spent, to_release, state } = settlement
    assert.deepEqual({ planned, reserved, spent, to_release, state },
      { planned: cny('52500.50'), reserved: cny('52500.50'), spent: cny('0.00'), to_release: cny('0.00'), state: 'draft' })
    assert.equal(settlement.claim, claim.id)
    const held = await budgetLine(s, '双12推广费')
    assert.equal(cents(held.reserved) - cents(line.reserved), 5250050)
    assert.equal(cents(line.available) - cents(held.available), 5250050)
    assert.equal(task.settlement_state, 'claimed')

    // Finance sees both in its lists, is told, and its open page hears of it.
    assert.equal((await one(s, 'expense_claim', `state=eq.submitted&task=eq.${task.id}`, finance())).id, claim.id)
    assert.equal((await one(s, 'project_settlement', `state=eq.draft&task=eq.${task.id}`, finance())).id, settlement.id)
    const told = await s.all('notification', 'read=eq.false', finance())
    assert.equal(told.length, unread + 1)
    const note = told.find((n) => n.subject?.id === claim.id)
    assert.match(note.text_zh, /报销单 EC-.*52,500\.50.*待审批/)
    assert.match(note.text_en, /Expense claim EC-.*52,500\.50 CNY.*waits for your decision/)
    await until('the live events', () => ['expense_claim', 'project_settlement', 'notification'].every((t) => live.events.some((e) => e.type === t)))
    assert.ok(live.events.some((e) => e.type === 'expense_claim' && e.id === claim.id))
    live.close()
    await live.done
  })

  test(`${lang}: finance approves: the reservation becomes actual cost, task and project show it`, async () => {
    const id = newIssue()
    await deliver(s, done(id, { plan: '1000.25' }))
    const before = await outcome(s, id)
    const line = await budgetLine(s, '双12推广费')
    const project = await s.get(`/api/v1/records/project/${before.task.project}`)
    const r = await s.transition('expense_claim', before.claim, 'approve', { decision_note: '票据齐全 fine' }, finance())
    assert.equal(r.status, 200, r.text)
    await quiet(s)
    const { task, claim, settlement, settlements } = await outcome(s, id)
    assert.equal(claim.state, 'approved')
    assert.equal(claim.decided_by, (await users('finance')).id)
    assert.deepEqual([task.cost, task.reserved], [cny('1000.25'), cny('0.00')])
    assert.equal(task.settlement_state, 'approved')
    assert.equal(task.settlement_note, '票据齐全 fine')
    const now = (await s.get(`/api/v1/records/project/${task.project}`)).json
    assert.equal(now.settlement_state, 'approved')
    assert.equal(cents(now.cost) - cents(project.json.cost), 100025)
    assert.equal(cents(now.reserved) - cents(project.json.reserved), -100025)
    const held = await budgetLine(s, '双12推广费')
    assert.equal(cents(held.actual) - cents(line.actual), 100025)
    assert.equal(cents(held.reserved) - cents(line.reserved), -100025)
    assert.deepEqual(held.available, line.available)
    assert.equal(settlements.length, 1)
    assert.deepEqual([settlement.reserved, settlement.spent, settlement.to_release], [cny('0.00'), cny('1000.25'), cny('0.00')])
    // What was posted can't be taken back or changed.
    refused(await s.patch(`/api/v1/records/expense_claim/${claim.id}`, claim.rev, { subject: 'x' }, finance()), 409, 'posted')
    refused(await s.transition('expense_claim', claim, 'reject', { decision_note: 'x' }, finance()), 409)
  })

  test(`${lang}: finance rejects with a reason: the reservation is released and the project's manager gets a task`, async () => {
    const id = newIssue()
    await deliver(s, done(id, { plan: 777 }))
    const line = await budgetLine(s, '双12推广费')
    const { claim: submitted } = await outcome(s, id)
    const bare = await s.transition('expense_claim', submitted, 'reject', undefined, finance())
    refused(bare, 422, 'required', '/decision_note')
    assert.match(bare.json.errors[0].detail, zh ? /审批意见.*必填/ : /Opinion is required/)
    const reason = '没有发票 No invoice'
    assert.equal((await s.transition('expense_claim', submitted, 'reject', { decision_note: reason }, finance())).status, 200)
    await quiet(s)
    const { task, claim, settlement } = await outcome(s, id)
    assert.equal(claim.state, 'rejected')
    const held = await budgetLine(s, '双12推广费')
    assert.equal(cents(line.reserved) - cents(held.reserved), 77700)
    assert.deepEqual([task.cost, task.reserved, task.settlement_state, task.settlement_note], [cny('0.00'), cny('0.00'), 'rejected', reason])
    assert.equal((await s.get(`/api/v1/records/project/${task.project}`)).json.settlement_state, 'rejected')
    const follow = await one(s, 'task', `parent=eq.${task.id}`)
    assert.equal(follow.project, task.project)
    assert.equal(follow.assignee, employees['1011'].id)
    assert.match(follow.subject, /没有发票 No invoice/)
    assert.match(follow.description, new RegExp(`${claim.number}[^]*${claim.number}`))
    const told = (await s.all('notification', 'order=created_at.desc', { token: s.pm })).find((n) => n.subject?.id === follow.id)
    assert.match(told.text_zh, /驳回.*没有发票/)
    assert.match(told.text_en, /rejected.*No invoice/)
    assert.deepEqual([settlement.state, settlement.reserved, settlement.to_release], ['draft', cny('0.00'), cny('777.00')])
  })

  test(`${lang}: who submitted or claims may not decide, the administrator included`, async () => {
    // Who made it and who submitted it, in finance for a colleague, and as an administrator.
    const line = (await budgetLine(s, '双12推广费')).id
    const person = (token) => ({ token, headers })
    for (const [maker, submitter, closed] of [[s.finance, s.finance, [s.finance]], [s.admin, s.admin, [s.admin]], [s.finance, s.admin, [s.finance, s.admin]]]) {
      const own = await s.make('expense_claim', {
        subject: 'own', claimant: employees['1021'].id, budget_line: line,
        lines: [{ description: 'x', category: 'marketing', date: '2026-11-25', amount: cny('5.00') }],
      }, person(maker))
      const sent = await s.transition('expense_claim', own, 'submit', undefined, person(submitter))
      assert.equal(sent.status, 200, sent.text)
      for (const token of closed)
        for (const name of ['approve', 'reject', 'return']) {
          const no = await s.transition('expense_claim', sent.json, name, { decision_note: 'x' }, person(token))
          refused(no, 403, 'segregation_of_duties')
          assert.match(no.json.detail, zh ? /不能审批/ : /may not decide/)
        }
    }
    // The claimant, here finance's person as assignee of the campaign, submitted by the flow.
    const identity = await s.make('identity', { connection: (await one(s, 'connection', '')).id, account: randomUUID(), title: '王', employee: employees['1012'].id }, { token: s.engineer })
    const id = newIssue()
    await deliver(s, done(id, { plan: 10, assignee: identity.account }))
    const { claim } = await outcome(s, id)
    assert.equal(claim.claimant, employees['1012'].id)
    const guard = await s.transition('expense_claim', claim, 'approve', undefined, finance())
    refused(guard, 422, 'guard_failed')
    assert.match(guard.json.errors.map((e) => e.detail).join() + guard.json.detail, zh ? /不能审批本人/ : /Nobody decides on his own claim/)
    for (const token of [s.pm, s.engineer, s.marketing, s.cfo, s.hr])
      for (const name of ['approve', 'reject']) {
        const r = await s.transition('expense_claim', claim, name, { decision_note: 'x' }, { token, headers })
        assert.ok([403, 404].includes(r.status), `${name}: ${r.status} ${r.text}`)
      }
    assert.equal((await outcome(s, id)).claim.state, 'submitted')
    const tell = (await s.get(`/api/v1/records/expense_claim/${claim.id}/context`, finance())).json.transitions
    assert.equal(tell.approve.allowed, false)
    assert.ok(tell.approve.reason)
    // A colleague in finance may.
    s.finance2 ??= (await s.make('user', { name: 'finance2', title: 'Daniel', roles: ['finance'], employee: employees['1013'].id })) && s.token('finance2')
    assert.equal((await s.transition('expense_claim', claim, 'approve', undefined, { token: s.finance2, headers })).status, 200)
  })

  test(`${lang}: no budget: both are made, the claim waits in the list of exceptions with the reason in words`, async () => {
    const { key } = await newProject()
    const id = newIssue()
    await deliver(s, done(id, { plan: 300, project: key }))
    const { claim, settlement, task } = await outcome(s, id)
    assert.deepEqual([claim.state, claim.exception_kind, claim.budget_line], ['draft', 'no_budget', null])
    assert.deepEqual(claim.total, cny('300.00'))
    assert.match(claim.exception, /无预算：.*300/)
    assert.match(claim.exception, /No budget: the project .* has no budget line in force for 300\.00 CNY/)
    assert.deepEqual([settlement.state, settlement.planned, settlement.reserved, settlement.spent, settlement.to_release],
      ['draft', cny('300.00'), cny('0.00'), cny('0.00'), cny('300.00')])
    assert.equal(settlement.remark, claim.exception)
    assert.deepEqual(task.reserved, cny('0.00'))
    const told = (await s.all('notification', 'order=created_at.desc', finance())).find((n) => n.subject?.id === claim.id)
    assert.match(zh ? told.text_zh : told.text_en, zh ? /营销活动 .*已完成。无预算/ : /^Campaign .* is done\. No budget/)
    assert.ok((await s.all('expense_claim', 'exception_kind=not.is.null&state=eq.draft', finance())).some((c) => c.id === claim.id))
    // Reading is given, deciding on a draft is not.
    refused(await s.transition('expense_claim', claim, 'approve', undefined, finance()), 409, 'wrong_state')
  })
}

test('a budget that is not in force is no budget', async () => {
  const { key, project } = await newProject({ manager: employees['1011'].id })
  const budget = await newBudget(project, { state: 'draft', planned: cny('9000.00') })
  const id = newIssue()
  await deliver(s, done(id, { plan: 300, project: key }))
  const { claim } = await outcome(s, id)
  assert.deepEqual([claim.state, claim.exception_kind, claim.budget_line], ['draft', 'no_budget', null])
  // Another, in force, counts, also where the one that is not is older.
  const good = await newBudget(project, { planned: cny('5000.00') })
  const next = newIssue()
  await deliver(s, done(next, { plan: 300, project: key }))
  const second = await outcome(s, next)
  assert.deepEqual([second.claim.state, second.claim.budget_line], ['submitted', good.lines[0].id])
  assert.notEqual(budget.id, good.id)
})

test('a project that names its budget uses that one, and only while it is in force', async () => {
  const { key, project } = await newProject({ manager: employees['1011'].id, line: { planned: cny('100.00') } })
  const own = await newBudget(project, { planned: cny('5000.00') })
  const p = (await s.get(`/api/v1/records/project/${project.id}`)).json
  assert.equal((await s.patch(`/api/v1/records/project/${p.id}`, p.rev, { budget: own.id }, { token: s.pm })).status, 200)
  const id = newIssue()
  await deliver(s, done(id, { plan: 300, project: key }))
  assert.equal((await outcome(s, id)).claim.budget_line, own.lines[0].id)
  const b = (await s.get(`/api/v1/records/budget/${own.id}`)).json
  assert.equal((await s.transition('budget', b, 'close', undefined, { token: s.finance })).status, 200)
  const next = newIssue()
  await deliver(s, done(next, { plan: 300, project: key }))
  assert.equal((await outcome(s, next)).claim.exception_kind, 'no_budget')
})

test('not enough budget: the claim stays a draft that tells what is missing; raised, a person submits it', async () => {
  const { key, project } = await newProject({ manager: employees['1011'].id, line: { planned: cny('1000.00') } })
  const id = newIssue()
  await deliver(s, done(id, { plan: 1200.75, project: key }))
  let { claim, settlement, task } = await outcome(s, id)
  assert.deepEqual([claim.state, claim.exception_kind], ['draft', 'not_enough'])
  assert.match(claim.exception, /预算不足.*1,?000\.00.*1,?200\.75.*200\.75/)
  assert.match(claim.exception, /Not enough budget.*1,?000\.00 CNY left, 1,?200\.75 CNY is needed, 200\.75 CNY is missing/)
  assert.deepEqual([settlement.planned, settlement.reserved, settlement.to_release], [cny('1200.75'), cny('0.00'), cny('1200.75')])
  assert.deepEqual(task.reserved, cny('0.00'))
  const line = await budgetLine(s, project.title)
  assert.deepEqual(line.reserved, cny('0.00'))
  refused(await s.transition('expense_claim', claim, 'submit', undefined, { token: s.finance }), 409, 'budget_exceeded')
  const b = (await s.get(`/api/v1/records/budget/${line.budget.id}`)).json
  const raised = await s.patch(`/api/v1/records/budget/${b.id}`, b.rev, { lines: [{ id: line.id, planned: cny('1200.75') }] }, { token: s.finance })
  assert.equal(raised.status, 200, raised.text)
  const submitted = await s.transition('expense_claim', claim, 'submit', undefined, { token: s.finance })
  assert.equal(submitted.status, 200, submitted.text)
  assert.deepEqual([submitted.json.exception_kind, submitted.json.exception], [null, null])
  assert.deepEqual((await budgetLine(s, project.title)).available, cny('0.00'))
})

test('no claimant: made all the same, with the reason; the assignee unknown and no manager', async () => {
  const { key } = await newProject({ line: { planned: cny('1000.00') } })
  const id = newIssue()
  await deliver(s, done(id, { plan: 50, project: key, assignee: randomUUID() }))
  const { claim, settlement, settlements } = await outcome(s, id)
  assert.deepEqual([claim.state, claim.exception_kind, claim.claimant], ['draft', 'no_claimant', null])
  assert.match(claim.exception, /无报销人.*No claimant/)
  assert.deepEqual([settlements.length, settlement.to_release], [1, cny('50.00')])
})

test("nobody assigned, or one who is not known: the project's manager claims", async () => {
  for (const assignee of [null, randomUUID()]) {
    const id = newIssue()
    await deliver(s, done(id, { plan: 50, assignee }))
    const { claim } = await outcome(s, id)
    assert.deepEqual([claim.state, claim.claimant], ['submitted', employees['1011'].id])
  }
})

test("without a plan of its own the budget line's default per campaign counts; without both there is no budget for it", async () => {
  for (const plan of [null, 'about 5000', -3]) {
    const id = newIssue()
    await deliver(s, done(id, { plan }))
    const { claim, task } = await outcome(s, id)
    assert.deepEqual([claim.state, claim.total, task.plan], ['submitted', cny('60000.00'), null])
  }
  const { key } = await newProject({ manager: employees['1011'].id, line: { planned: cny('1000.00') } })
  const id = newIssue()
  await deliver(s, done(id, { project: key }))
  const { claim, settlement } = await outcome(s, id)
  assert.deepEqual([claim.state, claim.exception_kind, claim.total?.amount ?? '0.00'], ['draft', 'no_budget', '0.00'])
  assert.match(claim.exception, /没有单场活动默认预算.*no default per campaign/)
  assert.deepEqual([settlement.planned, settlement.to_release], [null, null])
})

test('what is spent or reserved of the plan already is taken off; nothing left makes no claim', async () => {
  const id = newIssue()
  await deliver(s, issue({ id, to: 'in_progress', plan: 1000 }))
  const line = await budgetLine(s, '双12推广费')
  const task = await taskOf(s, id)
  const early = async (amount, approve) => {
    const c = await s.make('expense_claim', {
      subject: '定金 Deposit', claimant: employees['1011'].id, project: task.project, task: task.id, budget_line: line.id,
      lines: [{ description: '定金', category: 'marketing', date: '2026-11-25', amount: cny(amount) }],
    }, { token: s.pm })
    const r = await s.transition('expense_claim', c, 'submit', undefined, { token: s.pm })
    assert.equal(r.status, 200, r.text)
    if (approve) assert.equal((await s.transition('expense_claim', r.json, 'approve', undefined, { token: s.finance })).status, 200)
    return c.id
  }
  const paid = await early('300.10', true)
  const open = await early('200.00', false)
  await deliver(s, done(id, { plan: 1000 }))
  const { claims, settlement } = await outcome(s, id)
  const made = claims.filter((c) => ![paid, open].includes(c.id))
  assert.deepEqual(made.map((c) => [c.state, c.total]), [['submitted', cny('499.90')]])
  assert.deepEqual([settlement.planned, settlement.spent, settlement.reserved, settlement.to_release],
    [cny('1000.00'), cny('300.10'), cny('699.90'), cny('0.00')])

  const spent = newIssue()
  await deliver(s, issue({ id: spent, to: 'in_progress', plan: 100 }))
  const t = await taskOf(s, spent)
  const c = await s.make('expense_claim', {
    subject: 'all', claimant: employees['1011'].id, project: t.project, task: t.id, budget_line: line.id,
    lines: [{ description: 'all', category: 'marketing', date: '2026-11-25', amount: cny('130.00') }],
  }, { token: s.pm })
  await s.transition('expense_claim', c, 'submit', undefined, { token: s.pm })
  await deliver(s, done(spent, { plan: 100 }))
  const o = await outcome(s, spent)
  assert.deepEqual([o.claims.length, o.settlements.length, o.settlement.claim], [1, 1, null])
  assert.deepEqual([o.settlement.planned, o.settlement.reserved, o.settlement.to_release], [cny('100.00'), cny('130.00'), cny('0.00')])
  assert.match(o.settlement.remark, /无需报销.*nothing is left to claim/)
})

const single = async (id) => {
  const { claims, settlements, task } = await outcome(s, id)
  assert.deepEqual([claims.length, settlements.length], [1, 1])
  return task
}

test('a repeated message makes nothing twice: same id, same body without id, new id with the same change', async () => {
  const id = newIssue()
  const message = done(id, { plan: 10 })
  const key = randomUUID()
  const first = await send(s, message, { id: key })
  assert.equal(first.status, 202)
  const again = await Promise.all(Array.from({ length: 8 }, () => send(s, message, { id: key })))
  assert.deepEqual(again.map((r) => [r.status, r.json.delivery, r.json.repeat]), again.map(() => [200, first.json.delivery, true]))
  await quiet(s)
  // The same id with other bytes is the same delivery too.
  assert.equal((await send(s, { ...message, timestamp: tick() }, { id: key })).json.repeat, true)
  await deliver(s, message, { id: randomUUID() })
  const bare = await send(s, message, { id: null })
  assert.equal((await send(s, message, { id: null })).json.repeat, true)
  assert.equal(bare.json.repeat, false)
  await quiet(s)
  await single(id)
  const task = await taskOf(s, id)
  const entered = (await history(s, 'task', task.id)).filter((h) => h.transition === 'finish' || h.state_after === 'done')
  assert.ok(entered.length <= 1)
})

test('two messages of the same change at once make nothing twice', async () => {
  for (let i = 0; i < 5; i++) {
    const id = newIssue()
    const message = done(id, { plan: 1 })
    const key = randomUUID()
    const answers = await Promise.all([send(s, message, { id: key }), send(s, message, { id: key }), send(s, message), send(s, message, { id: null }), send(s, message, { id: null })])
    assert.ok(answers.every((r) => r.status === 202 || (r.status === 200 && r.json.repeat)))
    assert.equal(answers.slice(0, 2).filter((r) => r.json.repeat).length, 1)
    await quiet(s)
    await single(id)
  }
})

test('reopened and done again makes nothing twice, also when messages come again afterwards', async () => {
  const id = newIssue()
  const first = done(id, { plan: 20 })
  await deliver(s, first)
  const reopened = issue({ id, from: 'done', to: 'in_progress', plan: 20 })
  await deliver(s, reopened)
  assert.equal((await taskOf(s, id)).state, 'in_progress')
  // The old message once more under a new id: a fact that counted already, and older than what is known.
  await deliver(s, first)
  assert.equal((await single(id)).state, 'in_progress')
  await deliver(s, done(id, { plan: 25 }))
  assert.equal((await single(id)).state, 'done')
  await deliver(s, reopened)
  assert.equal((await single(id)).state, 'done')
})

test("the fixtures' life of a campaign ends in one claim over the changed plan", async () => {
  for (const name of ['created', 'started-cloud', 'plan-changed-cloud', 'done-cloud', 'done-cloud-repeated', 'labelled-after-done-cloud', 'reopened-cloud', 'done-again-cloud'])
    await deliver(s, fixture(`campaign-${name}.json`))
  const { claims, settlements, task } = await outcome(s, '301')
    .catch(async () => { const t = await one(s, 'task', 'outside_key=eq.DTF-301'); return { task: t, claims: await s.all('expense_claim', `task=eq.${t.id}`), settlements: await s.all('project_settlement', `task=eq.${t.id}`) } })
  assert.deepEqual([claims.length, settlements.length, claims[0].total, task.state], [1, 1, cny('52500.50'), 'done'])
  for (const name of ['done-server', 'done-server-old']) await deliver(s, fixture(`campaign-${name}.json`), { id: null })
  for (const key of ['DTF-302', 'DTF-303']) {
    const t = await one(s, 'task', `outside_key=eq.${key}`)
    assert.equal((await s.all('expense_claim', `task=eq.${t.id}`)).length, 1, key)
    assert.equal((await s.all('project_settlement', `task=eq.${t.id}`)).length, 1, key)
  }
})

test('a done that arrives after a message that only told of it still counts, once', async () => {
  const id = newIssue()
  await deliver(s, issue({ id, to: 'in_progress', plan: 30 }))
  const late = done(id, { plan: 30 })
  await deliver(s, issue({ id, from: null, to: 'done', plan: 40 }))
  const noted = await outcome(s, id)
  assert.deepEqual([noted.task.state, noted.claims.length], ['done', 0])
  await deliver(s, late)
  const task = await single(id)
  assert.deepEqual([task.state, task.plan], ['done', cny('40.00')])
  await deliver(s, late)
  await single(id)
})

test('messages out of order: what is older writes no fields and moves no state, but what it enters counts', async () => {
  const id = newIssue()
  const messages = [
    issue({ id, to: 'todo', plan: 1, summary: 'first' }),
    issue({ id, from: 'todo', to: 'in_progress', plan: 2, summary: 'second' }),
    done(id, { plan: 3, summary: 'third' }),
    issue({ id, from: 'done', to: 'in_progress', plan: 4, summary: 'fourth' }),
  ]
  for (const i of [3, 2, 1, 0]) await deliver(s, messages[i])
  const task = await single(id)
  assert.deepEqual([task.subject, task.plan, task.state], ['fourth', cny('4.00'), 'in_progress'])

  const next = newIssue()
  const started = issue({ id: next, from: 'todo', to: 'in_progress', plan: 2 })
  await deliver(s, done(next, { plan: 3 }))
  await deliver(s, started)
  assert.equal((await single(next)).state, 'done')
})

test('an issue created straight in done, without a change list, does not act; nor does a sweep over finished ones', async () => {
  const ids = [newIssue(), newIssue(), newIssue()]
  await deliver(s, issue({ id: ids[0], to: 'done', plan: 5 }))
  await deliver(s, issue({ id: ids[1], from: null, to: 'done', plan: 5 }))
  const forged = issue({ id: ids[2], from: 'in_progress', to: 'done', plan: 5, event: 'jira:issue_created' })
  await deliver(s, forged)
  for (const id of ids) {
    const { task, claims, settlements } = await outcome(s, id)
    assert.deepEqual([task.state, claims.length, settlements.length], ['done', 0, 0])
  }
})

test('a campaign never seen before that enters done acts; what is no campaign does not', async () => {
  const id = newIssue()
  await deliver(s, done(id, { plan: 5, labels: ['CAMPAIGN'] }))
  await single(id)
  for (const labels of [[], ['campaigns'], ['other']]) {
    const other = newIssue()
    await deliver(s, done(other, { plan: 5, labels }))
    const { task, claims, settlements } = await outcome(s, other)
    assert.deepEqual([task.state, task.kind, claims.length, settlements.length], ['done', 'task', 0, 0])
  }
})

test('the flow switched off is the gap; switched on again, past events are not caught up', async () => {
  for (const by of ['command', 'api']) {
    const set = async (on) => {
      if (by === 'command') return assert.equal(tandem(['flow', on ? 'on' : 'off', '--data', s.data, 'campaign_claim']).code, 0)
      assert.equal((await s.post(`/api/v1/flows/campaign_claim/${on ? 'on' : 'off'}`, undefined, {})).status, 204)
    }
    // What happened just before the switch counts still.
    const early = Array.from({ length: 12 }, () => newIssue())
    await Promise.all(early.map((id) => send(s, done(id, { plan: 5 }))))
    for (const id of early) await until('the message to be processed', async () => (await s.all('task', `outside_key=eq.DTF-${id}`)).length === 1)
    await set(false)
    await quiet(s)
    for (const id of early) await single(id)
    const id = newIssue()
    await deliver(s, done(id, { plan: 5 }))
    const gap = await outcome(s, id)
    assert.deepEqual([gap.task.state, gap.claims.length, gap.settlements.length], ['done', 0, 0])
    // At once after the switch: what came before it stays before it, what comes after it counts.
    const edge = newIssue()
    assert.equal((await send(s, done(edge, { plan: 5 }))).status, 202)
    await until('the message to be processed', async () => (await s.all('task', `outside_key=eq.DTF-${edge}`)).length === 1)
    await set(true)
    const next = newIssue()
    await deliver(s, done(next, { plan: 5 }))
    await single(next)
    await s.stop({ keep: true })
    await s.serve()
    await quiet(s)
    for (const missed of [id, edge]) assert.equal((await outcome(s, missed)).claims.length, 0, `${by}: ${missed === id ? 'long' : 'just'} before`)
  }
})

test('the story leads from the message to the answer in one chain, each event with its lag', async () => {
  const id = newIssue()
  const message = await deliver(s, done(id, { plan: 64 }))
  const made = await outcome(s, id)
  await s.transition('expense_claim', made.claim, 'approve', undefined, { token: s.finance })
  await quiet(s)
  const stories = []
  for (const [type, record] of [['expense_claim', made.claim], ['hook_delivery', message], ['task', made.task], ['project_settlement', made.settlement]]) {
    const r = await s.get(`/api/v1/records/${type}/${record.id}/story`, { token: s.finance })
    assert.equal(r.status, 200, r.text)
    stories.push(r.json.events)
  }
  for (const events of stories) {
    const at = (type, extra) => events.find((e) => e.subject?.type === type && extra(e))
    const chain = [
      at('hook_delivery', (e) => e.subject.id === message.id && e.state_after === 'received'),
      at('task', (e) => e.subject.id === made.task.id && e.state_after === 'done'),
      at('flow_run', (e) => e.subject.title === 'campaign_claim' && e.state_after === 'running'),
      at('expense_claim', (e) => e.subject.id === made.claim.id && e.transition === null),
    ]
    for (const [i, e] of chain.entries()) {
      assert.ok(e, `link ${i} of the chain`)
      if (i > 0) assert.equal(e.cause, chain[i - 1].id, `cause of link ${i}`)
      assert.ok(Number.isInteger(e.lag_ms) && e.lag_ms >= 0 && e.lag_ms < 10000, `lag ${e.lag_ms}`)
      assert.ok(e.actor?.title && e.source && !Number.isNaN(Date.parse(e.at)))
    }
    const approval = at('expense_claim', (e) => e.transition === 'approve')
    assert.equal(approval?.subject.id, made.claim.id)
    assert.ok(approval.cause, 'the approval has a cause')
    assert.ok(events.some((e) => e.id === approval.cause), 'the cause of the approval is in the story')
    assert.ok(at('commitment', () => true), 'the budget is in the story')
    assert.ok(at('project_settlement', (e) => e.subject.id === made.settlement.id))
    const ids = new Set(events.map((e) => e.id))
    assert.equal(ids.size, events.length, 'an event stands once')
    for (const e of events) if (e.cause) assert.ok(ids.has(e.cause), 'every cause is there')
    const times = events.map((e) => Date.parse(e.at))
    assert.deepEqual(times, [...times].sort((a, b) => a - b))
  }
  // Whose rights do not reach the claim sees no more by its story.
  const r = await s.get(`/api/v1/records/task/${made.task.id}/story`, { token: s.hr })
  assert.ok(!r.text.includes(made.claim.id) && !r.text.includes('64.00'), r.text)
})

test('the message is kept as it came, and its answer is told again', async () => {
  const message = done(newIssue(), { plan: 1 })
  const raw = JSON.stringify(message, null, 2)
  const r = await send(s, raw)
  await quiet(s)
  const d = (await s.get(`/api/v1/records/hook_delivery/${r.json.delivery}`, { token: s.engineer })).json
  assert.equal(d.body, raw)
  assert.equal(d.event, 'jira:issue_updated')
  const few = (await s.get(`/api/v1/records/hook_delivery/${r.json.delivery}`, { token: s.pm })).json
  assert.ok(!few.body, 'the body is only for those who may see it')
  assert.equal((await delivery(s, r)).state, 'processed')
})

test('at the end: revisions are whole, sums add up, the log verifies and nothing is dead', async () => {
  await quiet(s)
  await nothingDead(s)
  const checked = await revisionsAreWhole(s, ['task', 'expense_claim', 'project_settlement', 'budget', 'project', 'hook_delivery', 'flow_run', 'commitment'])
  assert.ok(checked > 150, `only ${checked} records`)
  const sums = new Map()
  for (const c of await s.all('commitment')) sums.set(`${c.budget_line} ${c.stage}`, (sums.get(`${c.budget_line} ${c.stage}`) ?? 0) + cents(c.amount))
  for (const b of await s.all('budget'))
    for (const l of b.lines) {
      assert.equal(cents(l.reserved), sums.get(`${l.id} pre_reserved`) ?? 0, l.name)
      assert.equal(cents(l.actual), sums.get(`${l.id} actual`) ?? 0, l.name)
      assert.equal(cents(l.available), cents(l.planned) - cents(l.reserved) - cents(l.committed) - cents(l.actual), l.name)
    }
  const doctor = tandem(['doctor', '--data', s.data])
  assert.equal(doctor.code, 0, doctor.out + doctor.err)
  assert.match(doctor.out, /events verified/)
})
