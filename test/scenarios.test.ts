import t from 'tap'
import { findScript, parseScenario, UnknownScenario } from '../src/scenarios.js'
import { ScriptError } from '../src/simulator/script.js'

t.test('a scenario has a script for all kinds, for some, or both', async (t) => {
  const slow = { steps: [{ at: '1s' }] }
  const fast = { steps: [{ at: 1 }] }
  const both = parseScenario('both', { summary: 'x', script: slow, kinds: { echo: fast } })
  t.equal(both.scriptFor('echo')?.steps[1]?.offset, 1)
  t.equal(both.scriptFor('other')?.steps[1]?.offset, 1000)
  t.equal(both.scriptFor('constructor')?.steps[1]?.offset, 1000)
  t.equal(parseScenario('some', { summary: 'x', kinds: { echo: fast } }).scriptFor('other'), undefined)
  t.throws(() => parseScenario('none', { summary: 'x' }), ScriptError)
  t.throws(() => parseScenario('bad', { summary: 'x', kinds: { echo: { steps: [] } } }), new ScriptError('/kinds/echo/steps', 'expected at least one step'))
})

t.test('a scenario borrows the scripts it lacks', async (t) => {
  const script = { steps: [{ at: '1s' }] }
  const scenarios = new Map([
    parseScenario('base', { summary: 'x', kinds: { echo: script } }),
    parseScenario('like', { summary: 'x', like: 'base' }),
    parseScenario('own', { summary: 'x', like: 'like', kinds: { fix: script } }),
    parseScenario('a', { summary: 'x', like: 'b' }),
    parseScenario('b', { summary: 'x', like: 'a' }),
    parseScenario('lost', { summary: 'x', like: 'nowhere' }),
  ].map((scenario) => [scenario.name, scenario]))
  t.equal(findScript(scenarios, 'own', 'echo'), scenarios.get('base')?.scriptFor('echo'))
  t.equal(findScript(scenarios, 'own', 'fix'), scenarios.get('own')?.scriptFor('fix'))
  t.throws(() => findScript(scenarios, 'own', 'other'), new UnknownScenario('/kind', 'the scenario own has no script for the kind "other"'))
  t.throws(() => findScript(scenarios, 'a', 'echo'), new UnknownScenario('/kind', 'the scenario a has no script for the kind "echo"'), 'even when two borrow from each other')
  t.throws(() => findScript(scenarios, 'lost', 'echo'), /no scenario is called "nowhere"; there are base, like, own, a, b, lost/)
})
