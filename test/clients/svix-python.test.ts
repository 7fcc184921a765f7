/** Svix's Python SDK drives whole flows against the built command line. */
import t, { type Test } from 'tap'
import { startServer } from './server.js'
import { pythonWith } from './python.js'

const CLIENT = `
import json, sys, time
from datetime import datetime, timedelta, timezone
from svix.api import Svix, SvixOptions, BackgroundTaskListOptions, EndpointRecoverOptions
from svix.exceptions import HttpError, HTTPValidationError
from svix.models import RecoverIn, ReplayIn, AppUsageStatsIn

svix = Svix("testsk_pollux.eu", SvixOptions(server_url=sys.argv[1]))
APP, ENDPOINT = "customer-1", "ep_33W1An2Zz5cO9SWbhHsYyDmVC6m"
SINCE = datetime(2026, 11, 20, tzinfo=timezone.utc)

def poll(id):
    while True:
        task = svix.background_task.get(id)
        if task.status.value != "running":
            return task
        time.sleep(0.005)

def show(**what):
    print(json.dumps(what))
`

/** Runs what follows the client's beginning; every line that it shows, parsed. */
async function run (t: Test, script: string, ...flags: string[]): Promise<Array<Record<string, unknown>> | undefined> {
  const python = await pythonWith(t, ['svix==1.99.1'])
  if (python === undefined) return undefined
  const { url } = await startServer(t, '--start-at', '2026-11-22T12:00:00Z', ...flags)
  const { code, stdout, stderr } = await python.run(CLIENT + script, [url])
  t.equal(code, 0, stderr)
  return stdout.trim().split('\n').map((line): Record<string, unknown> => JSON.parse(line))
}

t.test('Python recovers, lists and polls to the end', async (t) => {
  const shown = await run(t, `
endpoint = svix.endpoint.get(APP, ENDPOINT)
show(endpoint=endpoint.id, created=endpoint.created_at.isoformat(), app=svix.application.get(APP).uid)
created = svix.endpoint.recover(APP, endpoint.id, RecoverIn(since=SINCE))
show(status=created.status.value, task=created.task.value)
page = svix.background_task.list(BackgroundTaskListOptions(limit=5))
show(listed=[task.id for task in page.data].index(created.id), done=page.done, iterator=page.iterator == page.data[-1].id, previous=page.prev_iterator == "-" + page.data[0].id)
task = poll(created.id)
show(status=task.status.value, data=task.data if isinstance(task.data, dict) else json.loads(task.model_dump_json())["data"])
east = timezone(timedelta(hours=5, minutes=30))
show(status=svix.endpoint.replay_missing(APP, ENDPOINT, ReplayIn(since=SINCE.astimezone(east))).task.value)
show(stats=svix.statistics.aggregate_app_stats(AppUsageStatsIn(since=SINCE, until=SINCE)).unresolved_app_ids)
show(types=svix.statistics.aggregate_event_types().task.value, purge=svix.message.expunge_all_contents(APP).task.value)
`, '--speed', '20')
  if (shown === undefined) return
  t.strictSame(shown, [
    { endpoint: 'ep_33W1An2Zz5cO9SWbhHsYyDmVC6m', created: '2025-10-02T15:11:12.800000+00:00', app: 'customer-1' },
    { status: 'running', task: 'endpoint.recover' },
    { listed: 0, done: false, iterator: true, previous: true },
    { status: 'finished', data: { messagesSent: 2 } },
    { status: 'endpoint.replay' },
    { stats: [] },
    { types: 'event-type.aggregate', purge: 'application.purge_content' },
  ])
})

t.test('Python\'s times without a zone are refused, as the vendor refuses them', async (t) => {
  const shown = await run(t, `
try:
    svix.endpoint.recover(APP, ENDPOINT, RecoverIn(since=datetime(2026, 11, 20)))
except HTTPValidationError as error:
    show(status=error.status_code, loc=error.detail[0].loc, type=error.detail[0].type, msg=error.detail[0].msg)
try:
    svix.endpoint.recover(APP, ENDPOINT, RecoverIn(since=datetime(2026, 11, 1, tzinfo=timezone.utc)))
except HTTPValidationError as error:
    show(status=error.status_code, msg=error.detail[0].msg)
try:
    svix.background_task.get("qtask_000000000000000000000000000")
except HttpError as error:
    show(status=error.status_code, code=error.code, detail=error.detail)
`, '--clock', 'frozen')
  if (shown === undefined) return
  t.strictSame(shown, [
    { status: 422, loc: ['body', 'since'], type: 'value_error.jsondecode', msg: 'since: premature end of input' },
    { status: 422, msg: 'Cannot recover more than 14 days of messages' },
    { status: 404, code: 'not_found', detail: 'Entity not found' },
  ])
})

t.test('Python tries again after a 500, and finds the task whose reply was lost', async (t) => {
  const shown = await run(t, `
created = svix.endpoint.recover(APP, ENDPOINT, RecoverIn(since=SINCE), EndpointRecoverOptions(idempotency_key="scenario:lost-reply-500"))
ids = [task.id for task in svix.background_task.list(BackgroundTaskListOptions(limit=2)).data]
show(found=ids[0] == created.id, other=ids[1] == created.id)
walked, iterator = [], None
while True:
    page = svix.background_task.list(BackgroundTaskListOptions(limit=40, iterator=iterator))
    walked += [task.id for task in page.data]
    if page.done:
        break
    iterator = page.iterator
show(all=len(walked) == len(set(walked)) and walked == sorted(walked, reverse=True), first=walked[0] == created.id)
`, '--clock', 'frozen')
  if (shown === undefined) return
  t.strictSame(shown, [{ found: true, other: false }, { all: true, first: true }])
})
