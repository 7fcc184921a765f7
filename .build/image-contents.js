#!/usr/bin/env node
/**
 * Whether a directory, the image's `/app`, holds what the image should hold and nothing else: the build, fixtures, documents, manifest and
 * licence. The production dependencies are in the build. `node .build/image-contents.js <directory>`.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const CARRIED = ['package.json', 'LICENSE', 'fixtures', 'openapi']
const BUILT = /^dist\/[\w-]+\.js$/

/** What is wrong with what the directory holds, beside the checkout it was made from. */
export function contentComplaints (directory, root) {
  const found = filesBelow(directory, '.')
  const carried = CARRIED.flatMap((name) => filesBelow(root, name))
  return [
    ...found.filter((file) => !carried.includes(file) && !BUILT.test(file)).map((file) => `${file} does not belong there`),
    ...carried.filter((file) => !found.includes(file)).map((file) => `${file} is missing`),
    ...carried.filter((file) => found.includes(file) && !readFileSync(join(directory, file)).equals(readFileSync(join(root, file)))).map((file) => `${file} is another`),
    ...['dist/cli.js', 'dist/index.js'].filter((file) => !found.includes(file)).map((file) => `${file} is missing`),
  ]
}

function filesBelow (directory, name) {
  const path = join(directory, name)
  return statSync(path).isDirectory() ? readdirSync(path).flatMap((entry) => filesBelow(directory, relative('.', join(name, entry)))) : [name]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const complaints = contentComplaints(process.argv[2], fileURLToPath(new URL('..', import.meta.url)))
  for (const complaint of complaints) console.error(complaint)
  process.exitCode = complaints.length === 0 ? 0 : 1
}
