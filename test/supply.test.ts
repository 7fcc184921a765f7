/** What Pollux is made of: the lock file, the packages that reach production, their licences, and what the build holds. */
import { readFileSync } from 'node:fs'
import t from 'tap'
// @ts-expect-error -- a script, without types
import { bundleComplaints, lockComplaints, productionOf } from '../.build/supply.js'

interface Package { integrity?: string, resolved?: string, hasInstallScript?: boolean, license?: string, dev?: boolean }
interface Lock { lockfileVersion: number, packages: Record<string, Package> }

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> }
const lock = (): Lock => JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock

t.test('the lock file is exact, and production is small, free and silent when it is installed', async (t) => {
  t.strictSame(lockComplaints(lock(), manifest), [])
  t.ok(productionOf(lock().packages).length >= Object.keys(manifest.dependencies).length)
})

t.test('the build holds packages of production alone', async (t) => {
  t.strictSame(await bundleComplaints(process.cwd(), lock().packages), [])
  const { packages } = lock()
  const { 'node_modules/fastify': fastify, ...others } = packages
  t.ok(fastify)
  t.strictSame(await bundleComplaints(process.cwd(), others), ['node_modules/fastify is in the build, and no package of production'])
})

/** What is done to a copy, and what has to be said of it. */
const DEFECTS: ReadonlyArray<readonly [plant: (planted: Lock) => void, complaint: RegExp]> = [
  [(planted) => { planted.lockfileVersion = 2 }, /^the lock file is of version 2/],
  [({ packages }) => { delete packages['node_modules/pino']?.integrity }, /^node_modules\/pino has no SHA-512 sum$/],
  [({ packages }) => { packages['node_modules/pino'] = { ...packages['node_modules/pino'], resolved: 'git+ssh://git@example.test/pino.git' } }, /^node_modules\/pino comes from git/],
  [({ packages }) => { packages['node_modules/pino'] = { ...packages['node_modules/pino'], hasInstallScript: true } }, /^node_modules\/pino runs a script when it is installed$/],
  [({ packages }) => { packages['node_modules/pino'] = { ...packages['node_modules/pino'], license: 'GPL-3.0' } }, /^node_modules\/pino has the licence GPL-3.0$/],
  [({ packages }) => { packages['../elsewhere'] = {} }, /^\.\.\/elsewhere is no package of the registry$/],
  [({ packages }) => { for (const one of Object.values(packages)) delete one.dev }, /packages reach production, more than 60$/],
  [({ packages }) => { Object.assign(packages[''] ?? {}, { dependencies: {} }) }, /^the lock file was made for other dependencies$/],
]

for (const [plant, complaint] of DEFECTS) {
  t.test(`the judge is awake: ${complaint.source}`, async (t) => {
    const planted = lock()
    plant(planted)
    t.ok((lockComplaints(planted, manifest) as string[]).some((told) => complaint.test(told)))
  })
}

t.test('the judge is awake: a range that leads past the registry', async (t) => {
  t.match(lockComplaints(lock(), { ...manifest, dependencies: { ...manifest.dependencies, pino: 'pinojs/pino#main' } }), [/^pino: pinojs\/pino#main leads past the registry$/])
})
