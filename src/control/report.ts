/**
 * `/report`: the verdict on the pollers, and the rules behind it.
 */
import { Type, type TSchema } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { machineNow } from '../clock.js'
import { RULE_NAMES, ruleOf, SEVERITIES, type RuleName, type RuleSettings } from '../journal/rules.js'
import { reportBody, reportText, rulesBody } from '../journal/verdict.js'
import type { ControlContext } from './context.js'
import { Duration, OrNull, readDuration } from './validation.js'

const Rule = Type.Union(RULE_NAMES.map((name) => Type.Literal(name)))
const Severity = Type.Union(SEVERITIES.map((severity) => Type.Literal(severity)), { expects: SEVERITIES.join(', ') })

export const ReportReply = Type.Object({
  seed: Type.Integer(),
  from: OrNull(Type.String(), 'The first request'),
  to: Type.String({ description: 'Now' }),
  tasks: Type.Array(Type.Object({
    taskId: Type.String(),
    api: Type.String(),
    polls: Type.Integer(),
    gapMs: OrNull(Type.Object({ min: Type.Number(), median: Type.Number(), max: Type.Number() }), 'From one poll\'s arrival to the next one\'s of the same client, on the sandbox clock; the median is approximate beyond 255 gaps. Null: there was no second poll'),
    waitSeconds: OrNull(Type.Object({ polls: Type.Integer(), min: Type.Number(), max: Type.Number() }), 'What polls asked to wait; null: none did'),
    firstPollAt: Type.String(),
    lastPollAt: Type.String(),
    noticedAfterMs: OrNull(Type.Number(), 'Sandbox time from when it settled to the first reply that showed it; null: none has'),
    findings: Type.Array(Rule),
  })),
  pollsLeftOut: Type.Integer({ description: 'Polls of tasks that were not judged, because there were more than 10000' }),
  findings: Type.Array(Type.Object({
    rule: Rule,
    severity: Type.Union([Type.Literal('error'), Type.Literal('warning'), Type.Literal('off')]),
    api: OrNull(Type.String(), 'Null: it is about all tasks'),
    taskId: OrNull(Type.String(), 'Null: it is about no single task'),
    client: OrNull(Type.String(), 'Who gave cause first; null: several, or one without a name'),
    count: Type.Integer({ description: 'Cases so far' }),
    message: Type.String(),
    evidence: Type.Object({
      seqs: Type.Array(Type.Integer(), { description: 'Journal numbers of the first ten cases' }),
      at: Type.Array(Type.String(), { description: 'Their arrivals on the sandbox clock' }),
    }, { additionalProperties: Type.Array(Type.Union([Type.Number(), Type.String()])), description: 'What else was measured of each case stands in further lists' }),
  }, { title: 'Finding' })),
  verdict: Type.Union([Type.Literal('pass'), Type.Literal('fail')], { description: '`fail` with any finding of severity error' }),
}, { title: 'Report' })

/** Each rule with its thresholds; all of it optional in a change. */
const RulesChange = Type.Object(Object.fromEntries(RULE_NAMES.map((name) => {
  const { fires, thresholds } = ruleOf(name)
  return [name, Type.Optional(Type.Object({
    severity: Type.Optional(Severity),
    ...Object.fromEntries(Object.entries(thresholds).map(([threshold, value]) => [threshold, Type.Optional(thresholdSchema(value))])),
  }, { additionalProperties: false, description: fires }))]
})), { additionalProperties: false, title: 'ReportRules' })

const RulesReply = Type.Record(Type.String(), Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])), { description: 'By rule: `severity` and thresholds' })

function thresholdSchema (value: number | { readonly ms: number }): TSchema {
  return typeof value === 'object' ? Duration : Type.Integer({ minimum: Math.min(value, 1), expects: `a whole number of ${Math.min(value, 1)} or more` })
}

export const reportRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, _options, done) => {
  app.get('/report', {
    schema: {
      operationId: 'getReport',
      tags: ['Journal'],
      summary: 'The verdict on the pollers',
      description: 'Counted as requests pass, so it outlives what the journal keeps. `DELETE /journal` and a reset begin it anew.',
      querystring: Type.Object({
        format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('text')], { default: 'json', description: '`text`: for people', expects: 'json or text' })),
      }, { additionalProperties: false }),
      response: { 200: { description: 'The report', content: { 'application/json': { schema: ReportReply }, 'text/plain': { schema: Type.String() } } } },
    },
  }, (request, reply) => {
    const { journal, clock, simulator, seed } = request.sandbox
    const body = reportBody(journal.report, { now: clock.now(), machineNow: machineNow(), peek: (api, id) => simulator.peek(api, id) }, seed)
    if (request.query.format === 'text') reply.type('text/plain; charset=utf-8').send(reportText(body))
    else reply.send(body)
  })

  app.get('/report/rules', {
    schema: { operationId: 'getReportRules', tags: ['Journal'], summary: 'The rules in force', description: 'Each kind of finding with its thresholds and how severe it is.', response: { 200: RulesReply } },
  }, (request, reply) => { reply.send(rulesBody(request.sandbox.journal.report.rules)) })

  app.patch('/report/rules', {
    schema: {
      operationId: 'changeReportRules',
      tags: ['Journal'],
      summary: 'Change thresholds and severities',
      description: 'Thresholds hold from the next request on, severities at once. A reset leaves both as they are.',
      body: RulesChange,
      response: { 200: RulesReply },
    },
  }, (request, reply) => {
    const { rules } = request.sandbox.journal.report
    // All is read before anything is changed.
    const changes = RULE_NAMES.flatMap((name) => Object.entries(request.body[name] ?? {}).map(([key, value]) => [name, key, readThreshold(name, key, value)] as const))
    for (const [name, key, value] of changes) setRule(rules, name, key, value)
    reply.send(rulesBody(rules))
  })
  done()
}

function readThreshold (name: RuleName, key: string, value: unknown): unknown {
  return typeof ruleOf(name).thresholds[key] === 'object' ? readDuration(value, `/${name}/${key}`) : value
}

/** Name, key and value have passed the schema that is made of the rules. */
function setRule (rules: RuleSettings, name: RuleName, key: string, value: unknown): void {
  Object.assign(rules[name], { [key]: value })
}
