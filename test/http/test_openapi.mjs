// /openapi.json is valid OpenAPI 3.1, and what it says of request bodies is what the server does.
// SPDX-License-Identifier: Apache-2.0
import { test, before, after } from 'node:test'
import assert from 'node:assert/strict'
import { Server, random } from './server.mjs'
import { resolve, schemaCheck, bodyOf, spoil, flat } from './schema.mjs'

let s, doc
before(async () => {
  s = await Server.start()
  doc = await s.document()
})
after(() => s.stop())

const operations = () => Object.entries(doc.paths).flatMap(([path, item]) => Object.entries(item).map(([method, op]) => ({ path, method, op })))
const types = () => Object.keys(doc.paths).map((p) => /^\/api\/v1\/records\/([a-z_]+)$/.exec(p)?.[1]).filter(Boolean)
const creatable = () => types().filter((t) => doc.paths[`/api/v1/records/${t}`].post)

test('it is the same bytes every time, needs no credential and says which version it is', async () => {
  const a = await s.get('/openapi.json', { token: null })
  const b = await s.get('/openapi.json')
  assert.equal(a.text, b.text)
  assert.match(doc.openapi, /^3\.1\./)
  assert.ok(doc.info.title && doc.info.version)
  assert.match(a.type, /^application\/json/)
})

test('every $ref resolves', () => {
  const walk = (v) => {
    if (v === null || typeof v !== 'object') return
    if (typeof v.$ref === 'string') resolve(doc, v.$ref)
    Object.values(v).forEach(walk)
  }
  walk(doc)
})

test('operationIds are unique, paths use each of their parameters, parameters are declared once', () => {
  const seen = new Set()
  for (const { path, method, op } of operations()) {
    assert.ok(/^[A-Za-z0-9_]+$/.test(op.operationId), `${method} ${path}`)
    assert.ok(!seen.has(op.operationId), `${op.operationId} twice`)
    seen.add(op.operationId)
    const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map((m) => m[1])
    const declared = op.parameters.filter((p) => p.in === 'path').map((p) => p.name)
    assert.deepEqual(declared.toSorted(), inPath.toSorted(), `${method} ${path}`)
    const keys = op.parameters.map((p) => `${p.in}:${p.name}`)
    assert.equal(new Set(keys).size, keys.length, `${method} ${path} declares a parameter twice`)
    for (const p of op.parameters) {
      assert.ok(p.schema, `${p.name} of ${path}`)
      if (p.in === 'path') assert.equal(p.required, true)
    }
  }
})

test('every operation declares a success, its refusals as problem documents, and its security', () => {
  for (const { path, method, op } of operations()) {
    const codes = Object.keys(op.responses)
    assert.ok(codes.some((c) => c.startsWith('2')), `${method} ${path}`)
    assert.ok(codes.some((c) => c.startsWith('4')), `${method} ${path}`)
    for (const [code, r] of Object.entries(op.responses)) {
      assert.ok(r.description)
      if (code >= '400') assert.deepEqual(Object.keys(r.content), ['application/problem+json'], `${method} ${path} ${code}`)
    }
    assert.ok(Array.isArray(op.security), `${method} ${path}`)
    for (const scheme of op.security.flatMap((x) => Object.keys(x))) assert.ok(doc.components.securitySchemes[scheme])
  }
})

test('requests are closed objects; required, enum, format, readOnly and writeOnly are said', () => {
  for (const t of creatable()) {
    for (const kind of ['create', 'update']) assert.equal(doc.components.schemas[`${t}_${kind}`].additionalProperties, false, t)
    const answer = doc.components.schemas[t]
    for (const name of ['id', 'rev', 'created_at', 'changed_by']) assert.equal(answer.properties[name].readOnly, true)
    for (const name of ['id', 'rev', 'number', 'state', 'created_at']) assert.ok(!(name in doc.components.schemas[`${t}_create`].properties), `${t}.${name}`)
  }
  assert.deepEqual(doc.components.schemas.task_create.required, ['subject'])
  assert.equal(doc.components.schemas.task_create.properties.subject.maxLength, 500)
  assert.deepEqual(doc.components.schemas.task_create.properties.priority.enum, ['urgent', 'high', 'normal', 'low', null])
  assert.equal(doc.components.schemas.task_create.properties.due.format, 'date')
  assert.equal(doc.components.schemas.task_create.properties.estimate.minimum, 0)
  assert.equal(doc.components.schemas.task_create.properties.progress.format, 'decimal')
  assert.equal(doc.components.schemas.connection_create.properties.secret.writeOnly, true)
  assert.ok(!('secret' in doc.components.schemas.connection.properties))
})

test('types that are only lines of others have no paths, ledgers none that write', () => {
  assert.ok(!types().includes('expense_claim_line'))
  assert.ok(!doc.paths['/api/v1/records/commitment'].post)
  assert.ok(!Object.keys(doc.paths).some((p) => p.includes('{type}')))
})

test('the live stream is declared as text/event-stream', () => {
  assert.deepEqual(Object.keys(doc.paths['/api/v1/stream'].get.responses['200'].content), ['text/event-stream'])
})

let ids
/** Answers ids of records to link to. */
async function linker() {
  if (ids) return (type) => ids[type]
  ids = {}
  const me = (await s.get('/api/v1/session')).json
  ids.user = me.user.id
  ids.company = me.company.id
  ids.department = (await s.make('department', { name: '市场部' })).id
  ids.employee = (await s.make('employee', { name: '张三' })).id
  ids.program = (await s.make('program', { title: 'P' })).id
  ids.project = (await s.make('project', { title: '项目' })).id
  ids.task = (await s.make('task', { subject: 'T' })).id
  const budget = await s.make('budget', { title: 'B', lines: [{ name: 'L', planned: { amount: '1000.00', currency: 'CNY' } }] })
  ids.budget = budget.id
  ids.budget_line = budget.lines[0].id
  ids.connection = (await s.make('connection', { name: 'c1', connector: 'jira' })).id
  return (type) => ids[type]
}

test('a body of the required fields alone makes a record of every type that can be created', async () => {
  const links = await linker()
  const rnd = random(1)
  for (const t of creatable()) {
    const body = bodyOf(doc, { $ref: `#/components/schemas/${t}_create` }, rnd, links, { chance: 0 })
    const r = await s.post(`/api/v1/records/${t}`, body)
    assert.equal(r.status, 201, `${t} ${JSON.stringify(body)}: ${r.text}`)
    assert.equal(r.etag, '"1"')
    assert.equal(r.headers.get('location'), `/api/v1/records/${t}/${r.json.id}`)
    assert.equal(r.json.rev, 1)
  }
})

const SEED = Number(process.env.TANDEM_SEED ?? Date.now() % 1000000)

test(`what a schema accepts is accepted and comes back, what it refuses is refused (TANDEM_SEED=${SEED})`, async (t) => {
  t.diagnostic(`TANDEM_SEED=${SEED}`)
  const links = await linker()
  const rnd = random(SEED)
  for (const type of creatable()) {
    const create = { $ref: `#/components/schemas/${type}_create` }
    for (let i = 0; i < 6; i++) {
      const body = bodyOf(doc, create, rnd, links, { chance: i === 0 ? 1 : 0.5 })
      if ('employee' in body && type === 'user') body.employee = null // unique, and the only one is taken
      assert.deepEqual(schemaCheck(doc, create, body), [])
      const r = await s.post(`/api/v1/records/${type}`, body)
      assert.equal(r.status, 201, `seed ${SEED} ${type} ${JSON.stringify(body)}: ${r.text}`)
      comesBack(doc, create, body, r.json, `${type} seed ${SEED}`)
      const again = await s.get(`/api/v1/records/${type}/${r.json.id}`)
      assert.deepEqual(again.json, r.json)
      const bad = spoil(doc, create, body, rnd)
      if (bad) {
        const no = await s.post(`/api/v1/records/${type}`, bad[1])
        assert.ok(no.status === 422 || no.status === 400, `seed ${SEED} ${type}, ${bad[0]}: ${no.status} ${JSON.stringify(bad[1]).slice(0, 400)}`)
        const update = { $ref: `#/components/schemas/${type}_update` }
        if (schemaCheck(doc, update, bad[1]).length > 0) {
          const nor = await s.patch(`/api/v1/records/${type}/${r.json.id}`, 1, bad[1])
          assert.ok(nor.status === 422, `seed ${SEED} PATCH ${type}, ${bad[0]}: ${nor.status} ${JSON.stringify(bad[1]).slice(0, 400)} ${nor.text}`)
        }
      }
    }
  }
})

/** Text as it was sent, amounts and numbers equal, links the same. */
function comesBack(doc_, schema, body, record, what) {
  const props = flat(doc_, schema).properties
  for (const [name, sent] of Object.entries(body)) {
    const p = flat(doc_, props[name])
    if (p.writeOnly) continue
    const got = record[name]
    if (sent === null) assert.ok(got === null || (Array.isArray(got) && got.length === 0), `${what}.${name}`)
    else if (p.format === 'date-time') assert.equal(Date.parse(got), Date.parse(sent), `${what}.${name}`)
    else if (p.format === 'decimal') assert.equal(Number(got), Number(sent), `${what}.${name}`)
    else if (Array.isArray(sent) && typeof sent[0] !== 'object') assert.deepEqual(got, [...new Set(sent)], `${what}.${name}`)
    else if (typeof sent === 'string' || typeof sent === 'number' || typeof sent === 'boolean') assert.equal(got, sent, `${what}.${name}`)
    else if (sent.currency) assert.deepEqual({ ...got, amount: Number(got.amount) }, { ...sent, amount: Number(sent.amount) }, `${what}.${name}`)
  }
}
