/**
 * Writes what is emulated of each API into the README, out of the marks in openapi/*.json.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
const APIS = ['connect', 'svix', 'cognigy', 'cloudcoin']
const BEGIN = '<!-- fidelity: written by npm run openapi -->'
const END = '<!-- end of fidelity -->'

/** The tables, one for each API, each with a line per call. */
export function fidelityTables () {
  return APIS.map((api) => {
    const { info, paths } = JSON.parse(readFileSync(new URL(`openapi/${api}.json`, root), 'utf8'))
    const calls = Object.entries(paths).flatMap(([path, item]) => Object.entries(item).map(([method, { summary, 'x-emulated': emulated }]) => {
      if (!/^(?:fully|partly: .+)$/.test(emulated ?? '')) throw new Error(`${api}: ${method} ${path} does not say how far it is emulated`)
      return { call: `${method.toUpperCase()} ${path}`, summary, emulated }
    }))
    const whole = calls.filter(({ emulated }) => emulated === 'fully').length
    const rows = calls.map(({ call, summary, emulated }) => `| \`${call}\` | ${cell(summary)} | ${cell(emulated)} |`)
    return ['<details>', `<summary>${info.title}: ${calls.length} calls, ${whole} of them fully</summary>`, '', '| Call | What it does | Emulated |', '|---|---|---|', ...rows, '', '</details>'].join('\n')
  }).join('\n\n')
}

/** The README with these tables. */
export function withFidelity (readme, tables) {
  const from = readme.indexOf(BEGIN)
  const to = readme.indexOf(END)
  if (from < 0 || to < from) throw new Error(`the README has no place between ${BEGIN} and ${END}`)
  return `${readme.slice(0, from + BEGIN.length)}\n\n${tables}\n\n${readme.slice(to)}`
}

function cell (text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('README.md', root)
  writeFileSync(file, withFidelity(readFileSync(file, 'utf8'), fidelityTables()))
}
