/**
 * What a sandbox keeps for Svix beside its tasks. The service's own records (messages, attempts) are out of scope, so no task
 * changes any of it (svix contract, 12).
 */
import type { Resources } from '../../api.js'
import type { Sandbox } from '../../sandbox.js'
import type { JsonObject } from '../../simulator/script.js'
import { Applications, AppsFixture } from './applications.js'
import { Idempotency } from './idempotency.js'

export class SvixResources implements Resources {
  readonly applications: Applications
  readonly idempotency = new Idempotency()

  constructor (sandbox: Sandbox) {
    this.applications = new Applications(sandbox.fixture(AppsFixture)?.apps ?? [])
  }

  apply (): void {}

  save (): JsonObject {
    return { keptReplies: this.idempotency.save() }
  }

  load ({ keptReplies }: JsonObject): void {
    this.idempotency.load(keptReplies, '/keptReplies')
  }
}
