/* c8 ignore start: tap measures the coverage of what runs before the tests, even when told not to measure any */
/**
 * Bundles the tests into .tap/bundle, so that none of their hundred processes has to translate the sources, or to load
 * them module by module. tap runs this before any test; test-loader.js has node load the bundles.
 */
import { build } from 'esbuild'
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, '.tap/bundle')
const dependencies = join(root, 'node_modules/')
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Modules find files beside their sources, wherever the bundle is. */
const sourceUrls = {
  name: 'source-urls',
  setup (build) {
    build.onLoad({ filter: /\.[jt]s$/ }, ({ path }) => path.startsWith(dependencies)
      ? undefined
      : {
          loader: extname(path) === '.ts' ? 'ts' : 'js',
          contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
        })
  },
}

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['test/**/*.test.ts'],
  outbase: '.',
  outdir: out,
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // The product's dependencies are part of it, as in its own build; the tools that the tests use stay where they are.
  external: Object.keys(devDependencies),
  sourcemap: true,
  sourcesContent: false,
  banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
  plugins: [sourceUrls],
})

// File by file in place of the last bundle: another run of tap may be loading it.
for (const { path, contents } of outputFiles) {
  const unfinished = `${path}.${process.pid}`
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(unfinished, contents)
  renameSync(unfinished, path)
}
const present = new Set(outputFiles.map(({ path }) => path))
for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
  const path = resolve(entry.parentPath, entry.name)
  if (entry.isFile() && !present.has(path)) rmSync(path, { force: true })
}
