/**
 * What answers CloudCoin's requests: loaded when the first one comes.
 */
import type { ApiService } from '../../api.js'
import { calls } from './calls.js'
import { routes } from './routes.js'

export const service: ApiService = {
  routes,
  calls,
  openapi: {
    info: {
      title: 'CloudCoin local client API',
      version: '0.1.127',
      description: 'What Pollux emulates of the API that a CloudCoin client serves on port 8004. Every body is compact JSON and a newline; errors are replied with HTTP 200 and `"status":"error"`, while a task that failed is still a success of the poll.',
    },
    servers: [{ url: 'http://127.0.0.1:8004', description: 'A local client' }],
    tags: [
      { name: 'tasks', description: 'Asynchronous calls return a task, to be polled until it is completed' },
      { name: 'raida', description: 'The 25 RAIDA servers' },
      { name: 'coins', description: 'Checking, importing and repairing coins' },
      { name: 'wallets', description: 'Wallets on this server, and their transactions' },
      { name: 'lockers', description: 'Coins left under a code' },
      { name: 'skywallets', description: 'Wallets on the RAIDA servers themselves' },
      { name: 'server', description: 'The server itself' },
    ],
  },
}
