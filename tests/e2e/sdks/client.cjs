// Every call once, then waits until all is sent.
const [, , folder, host, writeKey] = process.argv
const { Analytics } = require(folder)

const analytics = new Analytics({ writeKey, host, path: '/v1/batch', flushInterval: 100 })
analytics.on('error', () => {})
const userId = 'u1'
analytics.identify({ userId, traits: { email: 'ann@example.com', имя: 'Аня' } })
analytics.track({ userId, event: 'Signed', properties: { plan: 'pro', total: 19.9 } })
analytics.page({ userId, category: 'Docs', name: 'Home', properties: { path: '/' } })
analytics.screen({ userId, category: 'App', name: 'Start' })
analytics.group({ userId, groupId: 'g1', traits: { name: 'Team' } })
analytics.alias({ previousId: 'u0', userId })
analytics.closeAndFlush({ timeout: 30000 })
