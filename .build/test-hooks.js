/* c8 ignore start: as in test-bundle.js */
/** Where node finds a test: in the bundle that test-bundle.js has made of it. */
const root = new URL('..', import.meta.url).href
const TEST = /^test\/.*\.test\.ts$/

export function resolve (specifier, context, nextResolve) {
  const name = specifier.startsWith(root) ? specifier.slice(root.length) : ''
  if (!TEST.test(name)) return nextResolve(specifier, context)
  return { url: `${root}.tap/bundle/${name.replace(/ts$/, 'js')}`, format: 'module', shortCircuit: true }
}
