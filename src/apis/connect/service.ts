/**
 * What answers Posit Connect's requests: loaded when the first one comes.
 */
import type { ApiService } from '../../api.js'
import { calls } from './calls.js'
import { routes } from './routes.js'

export const service: ApiService = {
  routes,
  calls,
  openapi: {
    info: {
      title: 'Posit Connect, as emulated by Pollux',
      version: '2026.04.0',
      description: 'Tasks of Posit Connect: deploys, builds, renders and other work that a client starts, and polls until it is finished; with the calls about content, bundles and the server that clients make around them.',
    },
    servers: [
      { url: 'http://localhost:8080', description: 'The shared listener; with the prefix `/connect` also for the paths that other APIs own' },
      { url: 'http://localhost:3939', description: 'Connect\'s own port, with `--listen connect=3939`' },
    ],
    tags: [
      { name: 'Tasks', description: 'Work that Connect does in the background.' },
      { name: 'Content', description: 'What is deployed, and the calls that deploy it.' },
      { name: 'Bundles', description: 'Archives of content.' },
      { name: 'Repositories', description: 'Content that comes from Git.' },
      { name: 'Applications', description: 'Content as older clients know it.' },
      { name: 'Server', description: 'What clients ask before they begin, and work that is about no content.' },
      { name: 'Pages', description: 'Pages outside the API.' },
    ],
    securitySchemes: {
      apiKey: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'The word `Key`, a space and an API key.' },
      bootstrap: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'The word `Connect-Bootstrap`, a space and a token that the server\'s secret signs.' },
    },
  },
}
