import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createRemoteJWKSet, customFetch, decodeJwt, decodeProtectedHeader, type JWK, jwtVerify } from 'jose'
import { folder } from '../support/folder.ts'
import { PASSWORD } from '../support/people.ts'
import { startServices } from '../support/services.ts'
import { captureSmtp } from '../support/smtp.ts'

const HANDS = 6
const ROTATIONS = 3
const STEP_MS = 300

const newKey = (): JWK => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as JWK

describe('two gateways on one persistence', { timeout: 120_000 }, () => {
  test('the signing key is rotated thrice under load: no token is refused, here or by who verifies it', async (t) => {
    const smtp = await captureSmtp()
    t.after(smtp.close)
    const file = join(folder(t), 'signing.json')
    /** The first signs; the last is only published, and signs after the next rotation. */
    const keys = [newKey(), newKey()]
    const write = () => writeFileSync(file, JSON.stringify({ keys }))
    write()
    const signing = { gateway: { SELLO_SIGNING_KEY: `file:${file}` } }
    const services = await startServices(t, { gateways: 2, smtpUrl: smtp.url, settings: signing })
    const front = services.gateways.map((gateway) => services.at(gateway))
    const post = (path: string, body: object) => services.ask({ method: 'POST', path, body, key: null })

    const email = 'ana@example.com'
    const letter = smtp.next(email)
    const { flow } = (await post('/v1/register', { email, password: PASSWORD })).body as { flow?: string }
    const code = /^[^:\n]+: (\d{4,8})\r?$/m.exec((await letter).text)?.[1]
    assert.equal((await post('/v1/verify-email', { email, code, flow })).status, 200)

    const failed: string[] = []
    /** The answer's body, or null when the status is another one. */
    async function expect(what: string, call: ReturnType<typeof post>): Promise<Record<string, unknown> | null> {
      try {
        const { status, body } = await call
        if (status === 200) return body as Record<string, unknown>
        failed.push(`${what}: ${status} ${JSON.stringify(body)}`)
      } catch (error) {
        failed.push(`${what}: ${String(error)}`)
      }
      return null
    }
    const published = async () => {
      const { body } = await services.ask({ path: '/.well-known/jwks.json', key: null })
      return new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } })
    }
    // Rotations are days apart, not seconds: so it may ask again sooner than it would.
    const jwks = createRemoteJWKSet(new URL('http://gateway.test/jwks.json'), { cooldownDuration: 100, [customFetch]: published })

    const counted = { issued: 0, asked: 0, verified: 0 }
    const kids = new Set<string>()
    let rotating = true

    async function use(token: string) {
      kids.add(String(decodeProtectedHeader(token).kid))
      const told = await expect('introspect', services.ask({ method: 'POST', path: '/v1/introspect', body: { token } }))
      if (told && told.active !== true) failed.push(`not active: ${JSON.stringify(decodeProtectedHeader(token))}`)
      counted.asked++
      const options = { issuer: 'https://id.example.com', audience: String(decodeJwt(token).aud), typ: 'at+jwt' }
      await jwtVerify(token, jwks, options).then(
        () => counted.verified++,
        (error: unknown) => failed.push(`jose: ${String(error)}`),
      )
    }
    const hands = Array.from({ length: HANDS }, async () => {
      const first = await expect('login', post('/v1/login', { email, password: PASSWORD }))
      let refresh = String(first?.refresh_token)
      while (first && rotating) {
        const granted = await expect('refresh', post('/v1/token', { grant_type: 'refresh_token', refresh_token: refresh }))
        if (!granted) break
        counted.issued++
        refresh = String(granted.refresh_token)
        for (const token of [granted.access_token, first.access_token]) await use(String(token))
        const headers = { authorization: `Bearer ${String(granted.access_token)}` }
        await expect('account', services.ask({ path: '/v1/account', key: null, headers }))
      }
    })

    const began = performance.now()
    for (let rotation = 0; rotation < ROTATIONS; rotation++) {
      keys.unshift(keys.splice(rotation + 1, 1)[0]!)
      keys.push(newKey())
      write()
      for (const gateway of services.gateways) {
        await wait(STEP_MS)
        const { code, signal } = await gateway.stop()
        assert.deepEqual({ name: gateway.name, code, signal }, { name: gateway.name, code: 0, signal: null })
        await gateway.start()
      }
    }
    await wait(STEP_MS)
    rotating = false
    await Promise.all(hands)
    const took = Math.round((performance.now() - began) / 1000)
    console.log(
      `three rotations in ${took} s: ${JSON.stringify(counted)}, ${failed.length} failed, by gateway ${[...services.given.values()].join(' and ')}`,
    )
    assert.deepEqual(failed.slice(0, 10), [], `${failed.length} failed`)
    assert.equal(kids.size, ROTATIONS + 1, 'each key has signed')
    assert.ok(counted.issued > 100, 'there was load')
    const sets = await Promise.all(front.map(({ ask }) => ask({ path: '/.well-known/jwks.json', key: null })))
    for (const { body } of sets) assert.equal((body as unknown as { keys: JWK[] }).keys.length, keys.length)
    assert.equal(services.all.map((one) => one.stderr()).join(''), '')
  })
})
