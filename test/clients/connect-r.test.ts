/** R's rsconnect as Debian packages it (0.8.29), against the built server: the calls before v1. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { startServer } from './server.js'

const run = promisify(execFile)
const LONGEST_MS = 110_000

const SCRIPT = `
args <- commandArgs(TRUE)
suppressPackageStartupMessages(library(rsconnect))
addConnectServer(args[1], name = "pollux", quiet = TRUE)
connectApiUser(account = "ada", server = "pollux", apiKey = "pollux", quiet = TRUE)
deploy <- function(name, title) deployApp(args[2], appName = name, appTitle = title, account = "ada", server = "pollux", launch.browser = FALSE)
cat("deployed:", deploy("from-r", "From R"), "\\n")
cat("again:", deploy("from-r", "From R"), "\\n")
cat("failed:", deploy("fails", "scenario:deploy-python-fail"), "\\n")
cat("known:", nrow(applications("ada", "pollux")), "\\n")
`

/** The version of the package; undefined when there is none. */
async function installed (): Promise<string | undefined> {
  try {
    return (await run('Rscript', ['-e', 'cat(as.character(packageVersion("rsconnect")))'])).stdout
  } catch {
    return undefined
  }
}

t.test('rsconnect deploys, deploys again, and meets a failed build', async (t) => {
  const version = await installed()
  if (version === undefined) {
    t.pass('rsconnect for R', { skip: 'Rscript or its package rsconnect is not installed (Debian: r-cran-rsconnect)' })
    return
  }
  const { url } = await startServer(t, '--speed', '20')
  const home = t.testdir({ page: { 'index.html': '<h1>Hello</h1>' } })
  const { stdout, stderr } = await run('Rscript', ['-e', SCRIPT, url, `${home}/page`], { env: { ...process.env, HOME: home, R_USER_CONFIG_DIR: `${home}/config` }, timeout: LONGEST_MS })
  t.comment(`rsconnect ${version}`)
  const told = stdout + stderr
  t.match(stdout, /deployed: TRUE/, told)
  t.match(stdout, /again: TRUE/)
  t.match(stdout, /failed: FALSE/)
  t.match(told, /\[Connect\] Launching static content\.\.\./)
  t.match(told, /deployment failed with error: Content build failed \(Error code: python-package-version-not-available\)/)
  t.match(stdout, /known: 2/)
})
