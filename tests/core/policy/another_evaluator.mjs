// What another evaluator of policies says (npm: @cloud-copilot/iam-simulate): cases on standard input, an effect each.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(pathToFileURL(process.argv[2] + '/'))
const { runSimulation } = await import(pathToFileURL(require.resolve('@cloud-copilot/iam-simulate')))
let text = ''
for await (const chunk of process.stdin) text += chunk
const said = []
for (const one of JSON.parse(text)) {
  const simulation = {
    request: {
      principal: 'arn:aws:iam::111122223333:user/bob',
      action: one.action,
      resource: { resource: one.resource, accountId: '111122223333' },
      contextVariables: one.context
    },
    identityPolicies: [{ name: 'only', policy: one.policy }],
    serviceControlPolicies: [],
    resourceControlPolicies: []
  }
  const answer = await runSimulation(simulation, {})
  said.push(answer.resultType === 'error' ? `error: ${JSON.stringify(answer.errors)}` : answer.overallResult)
}
console.log(JSON.stringify(said))
