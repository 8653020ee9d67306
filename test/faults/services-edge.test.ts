import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'
import { admin } from '../../src/contract/persistence.ts'
import { connect } from '../../src/http/connect.ts'
import { createAuthority } from '../support/authority.ts'
import { folder } from '../support/folder.ts'
import { freePort } from '../support/gate.ts'
import { startRedis } from '../support/redis.ts'
import { createApi, type LogLine, runSello, type Settings, startProcess, until } from '../support/server.ts'
import { type Member, type Services, startServices } from '../support/services.ts'
import { captureSmtp } from '../support/smtp.ts'

type Owner = { after(done: () => Promise<void> | void): void }
const secret = () => randomBytes(32).toString('hex')

async function mailServer(t: Owner) {
  const smtp = await captureSmtp()
  t.after(smtp.close)
  return smtp
}

/** One more gateway, which knows the others as `change` says. */
async function gatewayWith(t: Owner, { gateways, apiKey }: Services, change: Settings) {
  const ports = { SELLO_PORT: String(await freePort()), SELLO_OPS_PORT: String(await freePort()) }
  const running = await startProcess({ after: (done) => t.after(done) }, { ...gateways[0]!.settings, ...ports, ...change }, 'gateway')
  const pool = new Pool(running.url)
  t.after(() => pool.destroy())
  return { ...running, ...createApi((request) => pool.request(request), apiKey) }
}

/** What a stranger says to a service, and what it answers. */
async function say(url: string, path: string, body: unknown, headers: Record<string, string>) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const sent = { 'content-type': 'application/json', 'x-sello-deadline': String(Date.now() + 5000), ...headers }
  const answer = await fetch(url + path, { method: 'POST', body: text, headers: sent })
  return { status: answer.status, code: ((await answer.json()) as { code?: string }).code ?? null }
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const office = (member: Member) => connect(admin, { socket: join(member.settings.SELLO_DATA_DIR, 'sello.sock') })
const urlOf = ({ settings }: Member, scheme = 'http', host = '127.0.0.1') => `${scheme}://${host}:${settings.SELLO_PORT}`

describe('the edges between the services', { concurrency: 2, timeout: 240_000 }, () => {
  test('without the right key, after its deadline or too large, a call does nothing', async (t) => {
    const smtp = await mailServer(t)
    const services = await startServices(t, { smtpUrl: smtp.url })
    const [persistence, messaging] = [services.persistences[0]!, services.messagings[0]!]
    const wish = (email: string) => ({
      apiKey: services.apiKey,
      email,
      token: 't',
      locale: 'en',
      localeWish: '',
      idempotencyKey: null,
      sendNow: false,
    })
    const letter = {
      id: 'let_07strange',
      kind: 'number',
      to: 'stranger@example.com',
      locale: 'en',
      app: { name: 'x', replyTo: null },
      number: '123456789012',
      requestedAt: Date.now(),
      expiresAt: Date.now() + 60_000,
    }
    const edges = [
      { at: urlOf(persistence), path: '/register-identity', body: wish('stranger@example.com'), keys: services.keys, mine: 'persistence' },
      { at: urlOf(messaging), path: '/send-letter', body: { letter }, keys: services.keys, mine: 'messaging' },
    ] as const
    for (const { at, path, body, keys, mine } of edges) {
      const right = bearer(keys[mine])
      const other = bearer(keys[mine === 'persistence' ? 'messaging' : 'persistence'])
      const strange: Record<string, string>[] = [
        {},
        other,
        bearer(secret()),
        bearer(keys[mine].slice(0, -1)),
        bearer(`${keys[mine]}0`),
        bearer(services.apiKey),
        { authorization: keys[mine] },
        { authorization: `Basic ${keys[mine]}` },
      ]
      for (const headers of strange) {
        assert.deepEqual(await say(at, path, body, headers), { status: 401, code: 'service_key_invalid' })
      }
      assert.equal((await say(at, path, 'x'.repeat(2 * 1024 * 1024), { 'content-length': '2097152' })).status, 401, 'refused unread')
      const late = { ...right, 'x-sello-deadline': String(Date.now() - 1000) }
      assert.deepEqual(await say(at, path, body, late), { status: 503, code: 'late' })
      const large = { ...body, filler: 'x'.repeat(1024 * 1024) }
      assert.deepEqual(await say(at, path, large, right), { status: 413, code: 'body_too_large' })
      assert.deepEqual(await say(at, path, { ...body, apiKey: 5, letter: 5 }, right), { status: 400, code: 'invalid_request' })
    }
    await wait(1500) // the gateway looks for letters every second
    const found = await office(persistence).listLetters({ to: 'stranger@example.com' })
    assert.deepEqual(found, { kind: 'found', letters: [] })
    assert.deepEqual(smtp.letters, [])

    const inTime = { ...bearer(services.keys.persistence), 'x-sello-deadline': String(Date.now() + 60_000) }
    const arriving = smtp.next('friend@example.com')
    assert.deepEqual(await say(urlOf(persistence), '/register-identity', wish('friend@example.com'), inTime), { status: 200, code: null })
    await arriving
  })

  test('the id of a request is the same in the logs of all three', async (t) => {
    const smtp = await mailServer(t)
    const services = await startServices(t, { smtpUrl: smtp.url })
    const arriving = smtp.next('ana@example.com')
    const registered = await services.register('ana@example.com')
    const checked = await services.check((await arriving).number, { idempotencyKey: 'once' })
    const strange = await services.ask({ path: '/v1/identities/idn_x', headers: { 'x-request-id': `req_${'0'.repeat(22)}` } })
    const idOf = ({ headers }: typeof registered) => String(headers['x-request-id'])
    assert.notEqual(idOf(strange), `req_${'0'.repeat(22)}`, 'the public does not choose ids')
    const opsOf = (members: Member[], id: string) => {
      const lines = members.flatMap(({ now }) => now().logs()) as (LogLine & { requestId?: string })[]
      return lines.filter(({ requestId }) => requestId === id).map(({ op }) => op)
    }
    const { gateways, persistences, messagings } = services
    const expected = [
      [gateways, registered, ['registerIdentity', 'sendLetter']],
      [persistences, registered, ['registerIdentity', 'settleLetter']],
      [messagings, registered, ['sendLetter']],
      [gateways, checked, ['checkIdentity']],
      [persistences, checked, ['checkIdentity', 'keepReceipt']],
      [persistences, strange, ['showIdentity']],
    ] as const
    for (const [members, answer, ops] of expected) {
      const seen = () => opsOf(members as Member[], idOf(answer))
      await until(`${ops.join()} in a log`, 5000, () => seen().length >= ops.length).catch(() => {})
      assert.deepEqual(seen().sort(), [...ops].sort())
    }
  })

  test('keys are replaced one process after the other, and no call fails', async (t) => {
    const smtp = await mailServer(t)
    const redis = await startRedis(t)
    const services = await startServices(t, { gateways: 2, persistences: 2, messagings: 2, store: redis.url, smtpUrl: smtp.url })
    const failed: string[] = []
    const emails: string[] = []
    let going = true
    const hands = [0, 1, 2, 3].map(async (hand) => {
      for (let i = 0; going; i++) {
        const email = `hand${hand}-${i}@example.com`
        emails.push(email)
        const told = await services.register(email).then(
          ({ status, body }) => (status === 202 ? null : `${status} ${body.code}`),
          (error: unknown) => String(error),
        )
        if (told) failed.push(`${email}: ${told}`)
        await wait(50)
      }
    })
    const older = services.keys
    const newer = { persistence: secret(), messaging: secret() }
    async function roll(members: Member[], keyOf: (service: 'persistence' | 'messaging') => string) {
      const given = { SELLO_PERSISTENCE_KEY: keyOf('persistence'), SELLO_MESSAGING_KEY: keyOf('messaging') }
      for (const member of members) {
        Object.assign(member.settings, given)
        assert.equal((await member.stop()).code, 0)
        await member.start()
      }
    }
    const { persistences, messagings, gateways } = services
    await roll([...persistences, ...messagings], (service) => `${older[service]},${newer[service]}`)
    await roll(gateways, (service) => `${newer[service]},${older[service]}`)
    await roll([...persistences, ...messagings], (service) => newer[service])
    going = false
    await Promise.all(hands)
    const missing = () => emails.filter((email) => !smtp.letters.some(({ envelope }) => envelope.to === email))
    await until('all letters', 15_000, () => missing().length === 0).catch(() => {})
    console.log(`keys replaced in ten restarts: ${emails.length} registrations, ${failed.length} failed, ${smtp.letters.length} letters`)
    assert.deepEqual(failed, [])
    assert.deepEqual(missing(), [])
    assert.ok(emails.length > 100, 'there was load')
    const old = await say(urlOf(persistences[0]!), '/probe', {}, bearer(older.persistence))
    assert.deepEqual(old, { status: 401, code: 'service_key_invalid' })
    assert.equal((await say(urlOf(persistences[0]!), '/probe', {}, bearer(newer.persistence))).status, 200)

    // A gateway that was forgotten is refused, is not ready, and says why.
    const forgotten = await gatewayWith(t, services, { SELLO_PERSISTENCE_KEY: older.persistence })
    assert.equal((await forgotten.register('forgotten@example.com')).status, 503)
    assert.equal(await forgotten.readiness(), 503)
    await until('the reason in its log', 15_000, () => /does not know our key/.test(forgotten.stdout()))
  })

  test('TLS with an authority of our own; whatever is wrong with it, the gateway answers 503 and says why', async (t) => {
    const smtp = await mailServer(t)
    const dir = folder(t)
    const [ours, theirs] = [createAuthority(dir, 'ours'), createAuthority(dir, 'theirs')]
    const tls = ({ cert, key }: { cert: string; key: string }) => ({ SELLO_TLS_CERT_FILE: cert, SELLO_TLS_KEY_FILE: key })
    const good = tls(ours.issue('good', 'DNS:localhost'))
    const [persistencePort, messagingPort] = [await freePort(), await freePort()]
    const services = await startServices(t, {
      smtpUrl: smtp.url,
      settings: {
        persistence: { ...good, SELLO_PORT: String(persistencePort) },
        messaging: { ...good, SELLO_PORT: String(messagingPort) },
        gateway: {
          SELLO_CA_FILE: ours.ca,
          SELLO_PERSISTENCE_URL: `https://localhost:${persistencePort}`,
          SELLO_MESSAGING_URL: `https://localhost:${messagingPort}`,
        },
      },
    })
    const arriving = smtp.next('ana@example.com')
    assert.equal((await services.register('ana@example.com')).status, 202)
    const { number } = await arriving
    assert.deepEqual(await services.gateways[0]!.now().health(), {
      status: 200,
      body: { status: 'ready', persistence: 'answers', messaging: 'answers' },
    })

    const old = services.persistences[0]!.settings
    const place = { SELLO_DATA_DIR: join(dir, 'expired'), SELLO_PORT: String(await freePort()), SELLO_OPS_PORT: '0' }
    const expired = { ...old, ...place, ...tls(ours.issue('expired', 'DNS:localhost', -1)) }
    await startProcess({ after: (done) => t.after(done) }, expired, 'persistence')
    const [near, gatewayPort] = [`https://localhost:${expired.SELLO_PORT}`, services.gateways[0]!.settings.SELLO_PORT]
    const wrong: [string, Settings, RegExp][] = [
      ['another authority', { SELLO_CA_FILE: theirs.ca }, /: unable to verify the first certificate/],
      ['no authority', { SELLO_CA_FILE: '' }, /: unable to verify the first certificate/],
      [
        'another name',
        { SELLO_PERSISTENCE_URL: `https://127.0.0.1:${persistencePort}` },
        /: Hostname\/IP does not match certificate's altnames/,
      ],
      ['a certificate that is over', { SELLO_PERSISTENCE_URL: near }, /: certificate has expired/],
      ['plain http to TLS', { SELLO_PERSISTENCE_URL: `http://127.0.0.1:${persistencePort}` }, /does it speak TLS\?/],
      ['TLS to plain http', { SELLO_PERSISTENCE_URL: `https://127.0.0.1:${gatewayPort}` }, /wrong version number/],
    ]
    await Promise.all(
      wrong.map(async ([what, change, why]) => {
        const gateway = await gatewayWith(t, services, change)
        const [registered, checked] = [await gateway.register('bo@example.com'), await gateway.check(number)]
        assert.deepEqual([registered.status, checked.status], [503, 503], what)
        assert.ok(registered.ms < 2000 && checked.ms < 2000, what)
        assert.equal((await gateway.ask({ path: '/.well-known/jwks.json' })).status, 200, what)
        assert.equal(await gateway.readiness(), 503, what)
        const refused = () => gateway.logs().find(({ op, status }) => op === 'registerIdentity' && status === 503)
        const { error } = (await until(`${what} in the log`, 5000, refused)) as LogLine & { error?: { message: string } }
        const place = change.SELLO_PERSISTENCE_URL ?? `https://localhost:${persistencePort}`
        assert.ok(error?.message.startsWith(`${place}: `), `${error?.message} names ${place}`)
        assert.match(String(error?.message), why, what)
      }),
    )
    const found = await office(services.persistences[0]!).listLetters({ to: 'bo@example.com' })
    assert.deepEqual(found, { kind: 'found', letters: [] })
    const listed = await services.persistences[0]!.now().run('letters', '--to', 'ana@example.com')
    assert.deepEqual({ code: listed.code, stderr: listed.stderr }, { code: 0, stderr: '' }, 'the commands reach a process that speaks TLS')
    assert.equal((await services.check(number)).status, 200)
  })

  test('Unix sockets for both edges: one that a kill left is taken over, one that lives is refused', async (t) => {
    const smtp = await mailServer(t)
    const dir = folder(t)
    const at = (name: string) => `unix:${join(dir, name)}`
    const services = await startServices(t, {
      smtpUrl: smtp.url,
      settings: {
        persistence: { SELLO_HOST: at('persistence.sock') },
        messaging: { SELLO_HOST: at('messaging.sock') },
        gateway: { SELLO_PERSISTENCE_URL: at('persistence.sock'), SELLO_MESSAGING_URL: at('messaging.sock') },
      },
    })
    const [persistence, messaging] = [services.persistences[0]!, services.messagings[0]!]
    async function goes(email: string) {
      const arriving = smtp.next(email)
      assert.equal((await services.register(email)).status, 202)
      assert.equal((await services.check((await arriving).number)).status, 200)
    }
    await goes('ana@example.com')

    const ports = { SELLO_DATA_DIR: join(dir, 'second'), SELLO_OPS_PORT: '0' }
    const second = await runSello(['start', '--role', 'messaging'], { ...messaging.settings, ...ports })
    assert.equal(second.code, 1)
    assert.match(second.stderr, /^sello: another process listens on [^\n]+; SELLO_HOST names another one\n$/)
    await goes('bo@example.com')

    for (const member of [persistence, messaging]) {
      await member.kill()
      const socket = member.settings.SELLO_HOST!.slice(5)
      assert.ok(existsSync(socket), 'the kill left a socket')
      await member.start()
    }
    await goes('cleo@example.com')
    await persistence.stop()
    assert.ok(!existsSync(persistence.settings.SELLO_HOST!.slice(5)), 'an orderly end leaves none')
    const down = await services.register('dora@example.com')
    assert.deepEqual([down.status, down.headers['retry-after']], [503, '1'])
    assert.ok(down.ms < 1000, `no socket is told at once, not after ${down.ms} ms`)
    await persistence.start()
    await until('a registration', 5000, async () => (await services.register('dora@example.com')).status === 202)
  })
})
