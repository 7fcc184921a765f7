/** Calls of the control plane, in process. */
import type { TestWorld } from '../world.js'

export interface ControlReply {
  readonly status: number
  /** The parsed body; undefined when there is none. */
  readonly body: any // eslint-disable-line @typescript-eslint/no-explicit-any -- what it holds is what the tests are about
  readonly headers: Readonly<Record<string, unknown>>
}

export interface CallOptions {
  readonly sandbox?: string
  readonly headers?: Readonly<Record<string, string>>
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Asks the control plane of the world's default sandbox, or of the one that is named. */
export type Control = (call: `${Method} /${string}`, body?: unknown, options?: CallOptions) => Promise<ControlReply>

export function controlOf ({ app }: Pick<TestWorld, 'app'>): Control {
  return async (call, body, { sandbox, headers = {} } = {}) => {
    const [method = 'GET', path = ''] = call.split(' ', 2)
    const reply = await app.inject({
      method: method as Method,
      url: `${sandbox === undefined ? '' : `/sandbox/${sandbox}`}/_pollux${path}`,
      headers: { host: 'localhost:8080', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: reply.statusCode, body: reply.body === '' ? undefined : /json/.test(String(reply.headers['content-type'])) ? JSON.parse(reply.body) : reply.body, headers: reply.headers }
  }
}
