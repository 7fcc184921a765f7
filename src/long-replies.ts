/**
 * Replies of megabytes: making one, and handing it to the system, takes milliseconds, and of many clients that ask for them at
 * once each would keep everybody waiting. So they are made and go out one after the other.
 */
import { ServerResponse, type IncomingMessage } from 'node:http'
import { Turns } from './turns.js'

/** Bodies of more characters, or bytes, wait for their turn; a page of any vendor's list has fewer. */
export const LONGEST_AT_ONCE = 262_144

const turns = new Turns()

/** Makes and sends a long reply when its turn has come. */
export function sendInTurn (send: () => void): void {
  turns.take(send)
}

/** What `createServer` takes as its `ServerResponse`; `onLongBody` is told when a long body has been handed over. */
export function pacedResponse (onLongBody: () => void): typeof ServerResponse<IncomingMessage> {
  return class PacedResponse extends ServerResponse {
    override end (chunk?: unknown, encoding?: BufferEncoding | (() => void), onEnd?: () => void): this {
      if ((typeof chunk === 'string' || chunk instanceof Uint8Array) && chunk.length > LONGEST_AT_ONCE) {
        sendInTurn(() => {
          // Of a text Node would keep a copy beside the bytes for as long as nobody reads them.
          super.end(typeof chunk === 'string' ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8') : chunk, typeof encoding === 'function' ? encoding : onEnd)
          onLongBody()
        })
        return this
      }
      // Node itself tells the forms of its arguments apart.
      return super.end(chunk, encoding as BufferEncoding, onEnd)
    }
  }
}
