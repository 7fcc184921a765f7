import t from 'tap'
import { cloudcoinWorld, inject, jsonHeaders, NOON_SECONDS } from './wire.js'

const ECHO = '{"payload":{"id":"bdc8e99d-dd8a-40e9-8840-f9f8eef16c71","status":"completed","progress":100,"started":1678436330,"finished":1678436332,"message":"Command Completed","data":{"online":25,"pownstring":"ppppppppppppppppppppppppp","pownarray":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"latencies":[1104,1104,1417,1407,1397,1416,1405,1412,1397,1407,1406,1397,1413,1412,1405,1398,1413,1398,1414,1397,1410,1404,1403,1415,1113]}},"status":"success"}\n'
const COINS = '[{"sn":16,"pownstring":"ppppppppppppppppppppppppp","result":"Authentic"},{"sn":17,"pownstring":"ppppppppppppppppppppppppp","result":"Authentic"},{"sn":23,"pownstring":"ppppppppppppppppppppppppp","result":"Authentic"},{"sn":24,"pownstring":"ppppppppppppppppppppppppp","result":"Authentic"},{"sn":25,"pownstring":"ppppppppppppppppppppppppp","result":"Authentic"}]'
const DETECT = `{"payload":{"id":"4e1b284c-04f5-4d3f-8683-98d6fd2427f2","status":"completed","progress":100,"started":1678436959,"finished":1678436960,"message":"Command Completed","data":{"TotalCoins":3000000020,"TotalCheckedCoins":3000000020,"TotalAuthentic":3000000020,"TotalAlreadyFracked":0,"TotalAlreadyLimbo":0,"TotalFracked":0,"TotalCounterfeit":0,"TotalLimbo":0,"TotalErrors":0,"Details":null,"Coins":${COINS}}},"status":"success"}\n`

t.test('the echo task of the page is served as the page shows it, by its cURL example', async (t) => {
  const world = await cloudcoinWorld(t)
  t.strictSame(await inject(world, 'GET', '/api/v1/task/bdc8e99d-dd8a-40e9-8840-f9f8eef16c71', { accept: 'application/json' }), { status: 200, headers: jsonHeaders(ECHO), body: ECHO })
})

t.test('the detect task of the page is served as the page shows it', async (t) => {
  const world = await cloudcoinWorld(t)
  t.strictSame(await inject(world, 'GET', '/api/v1/task/4e1b284c-04f5-4d3f-8683-98d6fd2427f2'), { status: 200, headers: jsonHeaders(DETECT), body: DETECT })
})

t.test('the plural path, which clients use, gives the same bytes', async (t) => {
  const world = await cloudcoinWorld(t)
  t.equal((await inject(world, 'GET', '/api/v1/tasks/bdc8e99d-dd8a-40e9-8840-f9f8eef16c71')).body, ECHO)
  t.equal((await inject(world, 'GET', '/cloudcoin/api/v1/tasks/4e1b284c-04f5-4d3f-8683-98d6fd2427f2')).body, DETECT)
})

t.test('the documented tasks are the same whatever the clock says', async (t) => {
  for (const startAt of [0, 1678436331, NOON_SECONDS, 32_503_680_000]) {
    const world = await cloudcoinWorld(t, 'documented', startAt)
    t.equal((await inject(world, 'GET', '/api/v1/task/bdc8e99d-dd8a-40e9-8840-f9f8eef16c71')).body, ECHO, `at ${startAt}`)
    t.equal((await inject(world, 'GET', '/api/v1/task/4e1b284c-04f5-4d3f-8683-98d6fd2427f2')).body, DETECT, `at ${startAt}`)
  }
})

t.test('the recorded server shows the same echo, and the detect in the shape it had', async (t) => {
  const world = await cloudcoinWorld(t, 'recorded')
  t.equal((await inject(world, 'GET', '/api/v1/tasks/bdc8e99d-dd8a-40e9-8840-f9f8eef16c71')).body, ECHO)
  t.equal(
    (await inject(world, 'GET', '/api/v1/tasks/4e1b284c-04f5-4d3f-8683-98d6fd2427f2')).body,
    `{"payload":{"id":"4e1b284c-04f5-4d3f-8683-98d6fd2427f2","status":"completed","progress":100,"started":1678436959,"finished":1678436960,"message":"Command Completed","data":{"total":3000000020,"authentic":3000000020,"fracked":0,"limbo":0,"counterfeit":0,"unknown":0,"coins":${COINS},"details":null}},"status":"success"}\n`
  )
})
