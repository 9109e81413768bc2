// A small validator of JSON Schema 2020-12 as OpenAPI 3.1 uses it, and makers of bodies that fit a schema or do not.
// SPDX-License-Identifier: Apache-2.0

/** What a JSON pointer of the document names. */
export function resolve(doc, ref) {
  let at = doc
  if (!ref.startsWith('#/')) throw new Error(`${ref} is not in this document`)
  for (const part of ref.slice(2).split('/')) {
    at = at?.[part.replaceAll('~1', '/').replaceAll('~0', '~')]
    if (at === undefined) throw new Error(`${ref} points to nothing`)
  }
  return at
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
function isDate(v) {
  const m = DATE.exec(v)
  if (!m) return false
  const [y, mo, d] = m.slice(1).map(Number)
  const leap = (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0
  return mo >= 1 && mo <= 12 && d >= 1 && d <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][mo - 1]
}
const formats = {
  date: isDate,
  'date-time': (v) => /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(v) && isDate(v.slice(0, 10)),
  uuid: (v) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(v),
  decimal: (v) => /^-?\d+(\.\d+)?$/.test(v),
}

function typeOf(v) {
  if (v === null) return 'null'
  if (Array.isArray(v)) return 'array'
  if (typeof v === 'number') return Number.isInteger(v) ? 'integer' : 'number'
  return typeof v
}

/** The places where a value does not fit: [] where it does. */
export function schemaCheck(doc, schema, value, at = '') {
  const wrong = []
  const say = (text) => wrong.push(`${at || '/'}: ${text}`)
  if (schema === true || schema === undefined) return wrong
  if (schema === false) return [`${at}: nothing may stand here`]
  if (schema.$ref) wrong.push(...schemaCheck(doc, resolve(doc, schema.$ref), value, at))
  const type = typeOf(value)
  if (schema.type) {
    const types = [].concat(schema.type)
    if (!types.includes(type) && !(type === 'integer' && types.includes('number'))) {
      say(`is ${type}, should be ${types.join(' or ')}`)
      return wrong
    }
  }
  if (schema.enum && !schema.enum.some((e) => JSON.stringify(e) === JSON.stringify(value))) say(`${JSON.stringify(value)} is none of the values`)
  for (const s of schema.allOf ?? []) wrong.push(...schemaCheck(doc, s, value, at))
  if (schema.anyOf && !schema.anyOf.some((s) => schemaCheck(doc, s, value, at).length === 0)) say('fits none of anyOf')
  if (type === 'string') {
    const length = [...value].length
    if (schema.maxLength !== undefined && length > schema.maxLength) say(`has ${length} characters`)
    if (schema.minLength !== undefined && length < schema.minLength) say(`has ${length} characters`)
    if (schema.pattern && !new RegExp(schema.pattern, 'u').test(value)) say(`${value} does not match ${schema.pattern}`)
    if (schema.format && formats[schema.format] && !formats[schema.format](value)) say(`${value} is no ${schema.format}`)
  }
  if (typeof value === 'number') {
    if (schema.minimum !== undefined && value < schema.minimum) say(`${value} is too small`)
    if (schema.maximum !== undefined && value > schema.maximum) say(`${value} is too large`)
  }
  if (type === 'array') {
    if (schema.maxItems !== undefined && value.length > schema.maxItems) say('has too many entries')
    if (schema.minItems !== undefined && value.length < schema.minItems) say('has too few entries')
    value.forEach((v, i) => wrong.push(...schemaCheck(doc, schema.items, v, `${at}/${i}`)))
  }
  if (type === 'object') {
    for (const name of schema.required ?? []) if (!(name in value)) say(`${name} is missing`)
    for (const [name, v] of Object.entries(value)) {
      const byPattern = Object.entries(schema.patternProperties ?? {}).filter(([p]) => new RegExp(p, 'u').test(name))
      if (schema.properties && name in schema.properties) wrong.push(...schemaCheck(doc, schema.properties[name], v, `${at}/${name}`))
      else if (byPattern.length) byPattern.forEach(([, s]) => wrong.push(...schemaCheck(doc, s, v, `${at}/${name}`)))
      else if (schema.additionalProperties === false) say(`${name} is not known`)
      else if (typeof schema.additionalProperties === 'object') wrong.push(...schemaCheck(doc, schema.additionalProperties, v, `${at}/${name}`))
    }
  }
  return wrong
}

/** The operation that a request is one of: a literal path before one with parameters. */
export function operationOf(doc, method, target) {
  const path = target.split('?')[0]
  let best
  for (const [pattern, item] of Object.entries(doc.paths)) {
    const re = new RegExp('^' + pattern.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+') + '$')
    if (re.test(path) && item[method.toLowerCase()] && (!best || !pattern.includes('{'))) best = item[method.toLowerCase()]
  }
  return best
}

/** A $ref and what stands beside it, as one schema. */
export function flat(doc, schema) {
  let s = schema
  while (s.$ref) {
    const { $ref, ...beside } = s
    const target = resolve(doc, $ref)
    s = { ...target, ...beside, properties: { ...target.properties, ...Object.fromEntries(Object.entries(beside.properties ?? {}).map(([k, v]) => [k, { ...target.properties?.[k], ...v }])) } }
  }
  return s
}

const WORDS = ['预算', 'Größe', 'plain', '", \\ /', 'a\tb\nc', "it's; DROP TABLE x--", '😀🎉', '%_*?[]', ' ', 'null', 'İstanbul ﬁ', '\u200b\u202e', '<script>']

/**
 * A value that fits a schema. `links` answers an id for a link ({x-to: type}), or undefined where there is none;
 * undefined as a result: leave the property out.
 */
export function valueOf(doc, schema, rnd, links, depth = 0) {
  const s = flat(doc, schema)
  if (s.anyOf && !s.type) return rnd.chance(0.2) ? null : valueOf(doc, s.anyOf[0], rnd, links, depth)
  const types = [].concat(s.type ?? [])
  if (types.includes('null') && rnd.chance(0.15)) return null
  if (s.enum) return rnd.pick(s.enum.filter((e) => e !== null))
  if (s.properties?.amount && s.properties?.currency) return { amount: `${rnd.int(100000)}.${String(rnd.int(100)).padStart(2, '0')}`, currency: 'CNY' }
  switch (types[0]) {
    case 'string': return textOf(s, rnd, links)
    case 'integer': {
      const low = s.minimum ?? -(2 ** 40)
      const high = s.maximum ?? 2 ** 40
      return rnd.chance(0.2) ? rnd.pick([low, high]) : low + Math.floor(rnd.next() * (high - low + 1))
    }
    case 'boolean': return rnd.chance(0.5)
    case 'array': {
      const list = []
      for (let i = rnd.int(4) + (s.minItems ?? 0); i > 0; i--) {
        const v = valueOf(doc, s.items, rnd, links, depth + 1)
        if (v !== undefined) list.push(v)
      }
      return list
    }
    case 'object': return bodyOf(doc, s, rnd, links, { chance: 0.7, depth: depth + 1 })
    default: return rnd.pick([{ a: [1, 'zwei', null] }, 'json', 12, []])
  }
}

function textOf(s, rnd, links) {
  if (s['x-to']) return s['x-unique'] ? undefined : links(s['x-to'])
  const two = (n) => String(1 + rnd.int(n)).padStart(2, '0')
  if (s.format === 'uuid') return undefined
  if (s.format === 'date') return `${rnd.pick(['1970', '2026', '2100', '1999'])}-${two(12)}-${two(28)}`
  if (s.format === 'date-time') return `2026-${two(12)}-${two(28)}T${two(23)}:30:00${rnd.pick(['Z', '.125Z', '+08:00'])}`
  if (s.format === 'decimal') {
    if (/\|1/.test(s.pattern)) return rnd.pick(['0', '1', '0.5', '0.2500', '1.0'])
    return `${/^\^-\?/.test(s.pattern) ? rnd.pick(['', '-']) : ''}${rnd.int(100000)}${/\./.test(s.pattern) ? '.5' : ''}`
  }
  let text = rnd.pick(WORDS) + (s.minLength || s['x-unique'] ? rnd.int(1e9).toString(36) : '')
  if (rnd.chance(0.1) && s.maxLength && s.maxLength <= 1000 && !s['x-unique']) text = text.padEnd(s.maxLength, '满') // to the very edge
  return [...text].slice(0, s.maxLength ?? 500).join('')
}

/** An object that fits: what is required, and of the rest each with a chance. */
export function bodyOf(doc, schema, rnd, links, { chance = 0.5, depth = 0 } = {}) {
  const s = flat(doc, schema)
  const body = {}
  for (const [name, property] of Object.entries(s.properties ?? {})) {
    const needed = s.required?.includes(name)
    if (!needed && !rnd.chance(chance)) continue
    const v = valueOf(doc, property, rnd, links, depth)
    if (v !== undefined && !(needed && v === null)) body[name] = v
    else if (needed) throw new Error(`nothing to fill ${name} with`)
  }
  return body
}

/** A copy of a good body with one thing wrong, and what was done; undefined where this property offers nothing. */
export function spoil(doc, schema, body, rnd) {
  const s = flat(doc, schema)
  const names = Object.keys(s.properties)
  if (names.length === 0) return ['an unknown field', { no_such_field: 1 }]
  const name = rnd.pick(names)
  const p = flat(doc, s.properties[name])
  const wrongs = [['an unknown field', { ...body, no_such_field: 1 }], ['an unknown field in capitals', { ...body, [name.toUpperCase()]: null }]]
  for (const v of ['x'.repeat(3), '', 7, 1.5, true, null, [], {}, [[]], { a: 1 }, ['\u0001', 5], '2026-02-30', '1e5', '00000000-0000-0000-0000-00000000000g', 2 ** 52, -1, '-1', '0.123456789', { amount: 12, currency: 'CNY' }, { amount: '1.005', currency: 'CNY' }, { amount: '1', currency: 'XXQ' }, { amount: '1' }, { amount: '-5', currency: 'CNY' }])
    wrongs.push([`${name} is ${JSON.stringify(v)}`, { ...body, [name]: v }])
  if (p.maxLength) wrongs.push([`${name} is one too long`, { ...body, [name]: '长'.repeat(p.maxLength + 1) }])
  if (p.maxItems) wrongs.push([`${name} has one too many`, { ...body, [name]: Array(p.maxItems + 1).fill(p.items?.enum?.[0] ?? 'x') }])
  for (const r of s.required ?? []) wrongs.push([`${r} is missing`, Object.fromEntries(Object.entries(body).filter(([k]) => k !== r))])
  const bad = wrongs.filter(([, b]) => schemaCheck(doc, schema, b).length > 0)
  return bad.length ? rnd.pick(bad) : undefined
}
