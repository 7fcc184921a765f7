/**
 * Deploys and builds of content, whichever call starts them (contract 7.1).
 */
import type { FastifyRequest } from 'fastify'
import { resourcesOf } from './admission.js'
import { contentKindOf } from './content-kinds.js'
import { newestBundle, type BundleSource, type Content } from './content.js'
import { bundleBelongsElsewhere, nothingToDeploy, unknownObject } from './errors.js'
import { labelOf } from './labels.js'
import { REPOSITORY_ARCHIVE } from './repository-archive.js'
import type { Plan } from './start.js'

/** What is to be built. */
interface Subject {
  readonly bundle: number
  readonly appMode: string
  /** The bundle comes into being by the task. */
  readonly source?: BundleSource
}

/** The plan of a deploy or build of that bundle, of the newest one when there is no number. Throws ConnectError. */
export function planBuild (request: FastifyRequest, content: Content, kind: 'deploy' | 'build', bundleId: number | undefined, activates = true): Plan {
  const { bundle, appMode, source } = subjectOf(request, content, bundleId)
  const { family, noun, package: lastPackage } = contentKindOf(appMode)
  return {
    label: labelOf(content),
    usual: { scenario: `${kind}-${family}-ok` },
    parameters: {
      guid: content.guid,
      bundle,
      activate: activates,
      ...(noun === undefined ? {} : { application: noun }),
      ...(lastPackage === undefined ? {} : { package: lastPackage }),
    },
    effect: { content: content.guid, bundle, activates, ...(source === undefined ? {} : { source }) },
  }
}

/** Where a bundle out of a repository says that it comes from. */
export function sourceOf (repository: string, branch: string, commit: string): BundleSource {
  return { source: 'git', source_repo: repository, source_branch: branch, source_commit: commit }
}

/** The commit at the tip of every repository whose content nobody has. */
export const LATEST_COMMIT = '3f2a9c1d7b604e58a1c2d3e4f5061728b9a0c1d2'

function subjectOf (request: FastifyRequest, content: Content, bundleId: number | undefined): Subject {
  const resources = resourcesOf(request)
  if (bundleId !== undefined) {
    const placed = resources.bundle(bundleId)
    if (placed === undefined) throw unknownObject()
    if (placed.content !== content) throw bundleBelongsElsewhere()
    return { bundle: bundleId, appMode: placed.bundle.archive.appMode ?? content.appMode }
  }
  const newest = newestBundle(content)
  if (newest !== undefined) return { bundle: newest.id, appMode: newest.archive.appMode ?? content.appMode }
  // rsconnect-python deploys right after it has set the repository: the task fetches what it deploys.
  if (content.repository === null) throw nothingToDeploy()
  const { repository, branch } = content.repository
  return { bundle: resources.reserveBundleId(), appMode: REPOSITORY_ARCHIVE.appMode ?? content.appMode, source: sourceOf(repository, branch, LATEST_COMMIT) }
}
