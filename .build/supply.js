#!/usr/bin/env node
/**
 * What Pollux is made of: says what is wrong with the lock file and with the packages that reach production. `npm run audit:supply`.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const MOST_PACKAGES = 60
const LICENCES = ['MIT', 'MIT-0', 'ISC', 'BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', '0BSD', 'CC0-1.0', 'Python-2.0']

/** Complaints about a lock file and the manifest beside it. */
export function lockComplaints ({ lockfileVersion, packages }, manifest) {
  const complaints = []
  if (lockfileVersion !== 3) complaints.push(`the lock file is of version ${lockfileVersion}, not 3`)
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    if (/^(?:git|https?|file|link|github)[+:]|^[\w-]+\//.test(range)) complaints.push(`${name}: ${range} leads past the registry`)
  }
  const own = packages['']
  for (const kind of ['dependencies', 'devDependencies']) {
    if (JSON.stringify(own?.[kind] ?? {}) !== JSON.stringify(manifest[kind] ?? {})) complaints.push(`the lock file was made for other ${kind}`)
  }
  const production = productionOf(packages)
  for (const [path, { integrity, resolved, link }] of Object.entries(packages)) {
    if (path === '') continue
    if (link === true || !path.startsWith('node_modules/')) complaints.push(`${path} is no package of the registry`)
    else if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '')) complaints.push(`${path} has no SHA-512 sum`)
    if (resolved !== undefined && !/^https:\/\/registry\.npmjs\.org\/[^?#]+\.tgz$/.test(resolved)) complaints.push(`${path} comes from ${resolved}`)
  }
  if (production.length > MOST_PACKAGES) complaints.push(`${production.length} packages reach production, more than ${MOST_PACKAGES}`)
  for (const [path, { hasInstallScript, license }] of production) {
    if (hasInstallScript === true) complaints.push(`${path} runs a script when it is installed`)
    if (!isFree(license)) complaints.push(`${path} has the licence ${license}`)
  }
  return complaints
}

/** What is installed where development is left out: paths in node_modules with what the lock file says of them. */
export function productionOf (packages) {
  return Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
}

/** Whether one of the licences to choose from is among ours. */
function isFree (license) {
  return typeof license === 'string' && license.replace(/^\((.*)\)$/, '$1').split(' OR ').some((one) => LICENCES.includes(one))
}

/** Complaints about what the build really holds: nothing but packages of production. */
export async function bundleComplaints (root, packages) {
  const { metafile } = await build({ absWorkingDir: root, entryPoints: ['src/cli.ts', 'src/index.ts'], bundle: true, splitting: true, format: 'esm', platform: 'node', outdir: 'dist', write: false, metafile: true, logLevel: 'silent' })
  const known = new Set(productionOf(packages).map(([path]) => path))
  const bundled = new Set(Object.keys(metafile.inputs).flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []))
  return [...bundled].filter((path) => !known.has(path)).map((path) => `${path} is in the build, and no package of production`)
}

/** Complaints about the bill of materials that npm makes; with development in it, since `--omit=dev` loses what both need. */
export function sbomComplaints (root, packages) {
  const { status, stdout, stderr } = spawnSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status !== 0) return [`npm sbom ended with ${status}: ${stderr}`]
  const listed = new Set(JSON.parse(stdout).components.map(({ name, version }) => `${name}@${version}`))
  return productionOf(packages).map(([path, { name, version }]) => `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`).filter((one) => !listed.has(one)).map((one) => `${one} is missing from the bill of materials`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const read = (file) => JSON.parse(readFileSync(root + file, 'utf8'))
  const lock = read('package-lock.json')
  const complaints = [...lockComplaints(lock, read('package.json')), ...await bundleComplaints(root, lock.packages), ...sbomComplaints(root, lock.packages)]
  for (const complaint of complaints) console.error(complaint)
  console.log(`${Object.keys(lock.packages).length - 1} packages locked, ${productionOf(lock.packages).length} of them reach production; ${complaints.length} complaints`)
  process.exitCode = complaints.length === 0 ? 0 : 1
}
