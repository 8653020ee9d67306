import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { authority } from '../support/certificates.ts'
import { folder } from '../support/folder.ts'
import { openGate } from '../support/gate.ts'
import { brief, captured, ENVELOPE, message, type Options, QUICK, scripted, transportOf } from '../support/relay.ts'
import { type Script, type Session, silence } from '../support/smtp.ts'

/** Far more than any of the short timeouts, on a busy machine too; without them the library waits for minutes. */
const BOUND_MS = 10_000
const STARTTLS = '250-x\r\n250 STARTTLS'
const AUTH = '250-x\r\n250 AUTH PLAIN'
/** It says that TLS may begin, and then nothing, whatever comes. */
const mute = ({ socket, say }: Session) => {
  socket.removeAllListeners('data').resume()
  say('220 2.0.0 go on')
}

/** A port on which nobody takes connections: a stopped process whose short queue is full, so that the system drops what comes. */
async function blackHole(t: { after(done: () => Promise<void>): void }): Promise<number> {
  const code =
    "const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))"
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const port = Number(String((await once(child.stdout, 'data'))[0]))
  child.kill('SIGSTOP')
  const sockets = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    child.kill('SIGKILL')
    await ended
  })
  // The queue is full when a connection is left without an answer.
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.ok(sockets.some(({ connecting }) => connecting))
  return port
}

describe('a mail server that hangs', { concurrency: true }, () => {
  const stages: [stage: string, outcome: string, script: Script, options?: Options][] = [
    ['greeting', 'deferred server', { greeting: silence }],
    ['EHLO', 'deferred server', { EHLO: silence }],
    ['STARTTLS', 'deferred server', { EHLO: STARTTLS, STARTTLS: silence }, { tls: 'required' }],
    ['TLS', 'deferred server', { EHLO: STARTTLS, STARTTLS: mute }, { tls: 'required' }],
    ['AUTH', 'deferred server', { EHLO: AUTH, AUTH: silence }, { userinfo: 'user:secret@' }],
    ['AUTH', 'deferred server', { EHLO: AUTH.replace('PLAIN', 'LOGIN'), AUTH: silence }, { userinfo: 'user:secret@' }],
    ['MAIL', 'deferred recipient', { MAIL: silence }],
    ['RCPT', 'deferred recipient', { RCPT: silence }],
    ['DATA', 'deferred recipient', { DATA: silence }],
    ['dot', 'deferred recipient', { dot: silence }],
    ['MAIL', 'deferred recipient', { EHLO: '250-x\r\n250 PIPELINING', MAIL: silence, RCPT: silence, DATA: silence }],
  ]
  for (const [stage, outcome, script, options] of stages) {
    test(`at ${stage}: ends in bounded time and says where (${JSON.stringify(script.EHLO ?? 'plain')})`, async (t) => {
      const { server, transport } = await scripted(t, script, { timeouts: QUICK, ...options })
      const began = performance.now()
      const result = await transport.send(ENVELOPE, message('let_1'))
      assert.ok(performance.now() - began < BOUND_MS)
      assert.equal(brief(result), outcome)
      assert.match(result.reply.text, new RegExp(`: ETIMEDOUT( \\w+)? at ${stage}$`))
      assert.doesNotMatch(JSON.stringify(result), /secret/)
      assert.equal(server.messages.length, stage === 'dot' ? 1 : 0)
    })
  }

  test('at the connection, plain, and over TLS from the first byte', async (t) => {
    const gate = await openGate(1, 'hang')
    t.after(gate.close)
    for (const [port, scheme] of [
      [await blackHole(t), 'smtp'],
      [gate.port, 'smtps'],
    ] as const) {
      const began = performance.now()
      const result = await transportOf(t, port, { scheme, timeouts: QUICK }).send(ENVELOPE, message('let_1'))
      assert.ok(performance.now() - began < BOUND_MS)
      assert.equal(brief(result), 'deferred server')
      assert.match(result.reply.text, /^no session: ETIMEDOUT( \w+)? at connection$/)
    }
  })
})

describe('certificates and log-in', { concurrency: true }, () => {
  test('required: expired, another host’s, self-signed, of an unknown authority: refused, with nothing of the letter or the password sent', async (t) => {
    const own = authority(folder(t))
    const other = authority(folder(t))
    const bad: [why: RegExp, certificate: { key: string; cert: string }][] = [
      [/CERT_HAS_EXPIRED/, own.issue('expired', { expired: true })],
      [/ALTNAME_INVALID/, own.issue('elsewhere', { host: 'mail.example.com' })],
      [/UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER/, other.issue('stranger')],
    ]
    for (const scheme of ['smtp', 'smtps']) {
      const options: Options = { scheme, host: 'localhost', userinfo: 'user:secret@', tls: 'required', ca: own.ca }
      for (const [why, certificate] of bad) {
        const smtp = { ...certificate, secure: scheme === 'smtps', onAuth: () => assert.fail('logged in') }
        const { server, transport } = await captured(t, smtp, options)
        const result = await transport.send(ENVELOPE, message('let_1'))
        assert.equal(brief(result), 'deferred server')
        assert.match(result.reply.text, why)
        assert.deepEqual(server.letters, [])
      }
      const good = await captured(t, { ...own.issue('good'), secure: scheme === 'smtps' }, { ...options, userinfo: '' })
      assert.equal((await good.transport.send(ENVELOPE, message('let_1'))).kind, 'accepted')
      assert.equal(good.server.letters[0]!.secure, true)
    }
  })

  test('PLAIN and LOGIN log in; a wrong password is the server’s trouble, told in its words', async (t) => {
    for (const method of ['PLAIN', 'LOGIN']) {
      for (const password of ['right-secret', 'wrong-secret']) {
        const smtp = {
          authMethods: [method],
          allowInsecureAuth: true,
          authOptional: false,
          onAuth: (
            auth: { method: string; username?: string | null; password?: string | null },
            _session: unknown,
            done: (error: Error | null, answer?: { user: string }) => void,
          ) => {
            assert.equal(auth.method, method)
            if (auth.username === 'user' && auth.password === 'right-secret') return done(null, { user: 'user' })
            done(Object.assign(new Error('5.7.8 no such account'), { responseCode: 535 }))
          },
        }
        const { server, transport } = await captured(t, smtp, { userinfo: `user:${password}@` })
        const result = await transport.send(ENVELOPE, message('let_1'))
        assert.equal(brief(result), password === 'right-secret' ? 'accepted 250' : 'deferred server 535 5.7.8')
        if (result.kind !== 'accepted') assert.equal(result.reply.text, 'no such account')
        assert.equal(server.letters.length, result.kind === 'accepted' ? 1 : 0)
      }
    }
  })

  test('a server that repeats the password does not bring it into a reply', async (t) => {
    const password = 'hunter2-hunter2'
    const coded = Buffer.from(`\0user\0${password}`).toString('base64')
    for (const echo of [password, coded, Buffer.from(password).toString('base64')]) {
      const script = { EHLO: AUTH, AUTH: `535 5.7.8 ${echo} is wrong` }
      const { transport } = await scripted(t, script, { userinfo: `user:${password}@` })
      const { reply } = await transport.send(ENVELOPE, message('let_1'))
      assert.deepEqual(reply, { code: 535, enhanced: '5.7.8', text: '•••• is wrong' })
    }
  })
})
