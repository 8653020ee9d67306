import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { brief, captured, ENVELOPE, message, type Options, QUICK, scripted } from '../support/relay.ts'
import { type captureSmtp, drop, type Script, silence } from '../support/smtp.ts'

const PEM = readFileSync(new URL('../support/localhost.pem', import.meta.url), 'utf8')
const CA = PEM.slice(PEM.indexOf('-----BEGIN CERT'))

// Most of the time here is waiting, so the tests wait together.
describe('smtp over TLS', { concurrency: true }, () => {
  test('required: over TLS with a certificate that holds, log-in included', async (t) => {
    const users: unknown[] = []
    const smtp = {
      key: PEM,
      cert: PEM,
      authOptional: false,
      onAuth: ((auth, _session, done) => {
        users.push([auth.username, auth.password])
        done(null, { user: auth.username })
      }) satisfies NonNullable<Parameters<typeof captureSmtp>[0]>['onAuth'],
    }
    for (const scheme of ['smtp', 'smtps']) {
      const options: Options = { scheme, userinfo: 'us%40er:p%2Fa%3As%20s@', host: 'localhost', tls: 'required', ca: CA }
      const { server, transport } = await captured(t, { ...smtp, secure: scheme === 'smtps' }, options)
      assert.equal((await transport.send(ENVELOPE, message('let_1'))).kind, 'accepted')
      assert.equal(server.letters[0]!.secure, true)
      assert.equal(server.letters[0]!.user, 'us@er')
    }
    assert.deepEqual(users, [
      ['us@er', 'p/a:s s'],
      ['us@er', 'p/a:s s'],
    ])
  })

  test('required: a certificate that does not hold, or none, and nothing is said in clear', async (t) => {
    for (const scheme of ['smtp', 'smtps']) {
      // Nobody vouches for the certificate; it is vouched for but made out to another host.
      for (const [host, ca, reason] of [
        ['localhost', undefined, /SELF_SIGNED_CERT/],
        ['127.0.0.1', CA, /ALTNAME_INVALID/],
      ] as const) {
        const options: Options = { scheme, userinfo: 'user:secret@', host, tls: 'required', ...(ca ? { ca } : {}) }
        const smtp = { key: PEM, cert: PEM, secure: scheme === 'smtps', onAuth: () => assert.fail('logged in') }
        const { server, transport } = await captured(t, smtp, options)
        const result = await transport.send(ENVELOPE, message('let_1'))
        assert.equal(brief(result), 'deferred server')
        assert.match(result.reply.text, reason)
        assert.deepEqual(server.letters, [])
      }
    }
    const strippers: Script[] = [
      {},
      { STARTTLS: '454 4.7.0 not now' },
      { STARTTLS: ({ say }) => say('220 go on', '250-x\r\n250 AUTH PLAIN LOGIN') },
      { EHLO: '500 what?' },
      { EHLO: '250-x\r\n250 AUTH PLAIN LOGIN', STARTTLS: drop },
    ]
    for (const script of strippers) {
      const { server, transport } = await scripted(t, script, { userinfo: 'user:secret@', tls: 'required', timeouts: QUICK })
      assert.equal((await transport.send(ENVELOPE, message('let_1'))).kind, 'deferred')
      assert.ok(server.seen.received.startsWith('EHLO sello.test\r\n'))
      assert.doesNotMatch(server.seen.received, /AUTH|MAIL|RCPT|DATA|ana@example|4821/)
      assert.doesNotMatch(server.seen.received, new RegExp(Buffer.from('\0user\0secret').toString('base64')))
      assert.deepEqual(server.messages, [])
    }
  })

  test('opportunistic: TLS where offered, any certificate; clear where not; never the password after a refused STARTTLS', async (t) => {
    const { server, transport } = await captured(t, { key: PEM, cert: PEM }, { tls: 'opportunistic' })
    assert.equal((await transport.send(ENVELOPE, message('let_1'))).kind, 'accepted')
    assert.equal(server.letters[0]!.secure, true)
    const clear = await scripted(t, {}, { tls: 'opportunistic' })
    assert.equal((await clear.transport.send(ENVELOPE, message('let_1'))).kind, 'accepted')
    assert.ok(!clear.server.commands.includes('STARTTLS'))
    const script = { EHLO: '250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS', STARTTLS: '454 4.7.0 not now' }
    const refusing = await scripted(t, script, { tls: 'opportunistic', userinfo: 'user:secret@' })
    assert.equal((await refusing.transport.send(ENVELOPE, message('let_1'))).kind, 'accepted')
    assert.ok(refusing.server.commands.includes('STARTTLS'))
    assert.doesNotMatch(refusing.server.seen.received, /AUTH/)
  })

  test('none: STARTTLS is not asked for', async (t) => {
    const { server, transport } = await scripted(t, { EHLO: '250-x\r\n250 STARTTLS' })
    assert.equal((await transport.send(ENVELOPE, message('let_1'))).kind, 'accepted')
    assert.ok(!server.commands.includes('STARTTLS'))
  })

  test('a failed log-in is the server’s trouble', async (t) => {
    for (const AUTH of ['535 5.7.8 wrong', '454 4.7.0 later', silence, drop]) {
      const script = { EHLO: '250-x\r\n250 AUTH PLAIN', AUTH }
      const { server, transport } = await scripted(t, script, { userinfo: 'user:secret@', timeouts: QUICK })
      const result = await transport.send(ENVELOPE, message('let_1'))
      assert.match(brief(result), /^deferred server/)
      assert.ok(server.seen.received.includes('AUTH PLAIN'))
      assert.doesNotMatch(JSON.stringify(result), /secret/)
    }
  })
})
