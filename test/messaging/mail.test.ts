import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import type { SendResult } from '../../src/contract/messaging.ts'
import { type SmtpOptions, smtpTransport } from '../../src/messaging/mail.ts'
import { buildMessage } from '../../src/messaging/mime.ts'
import { replyOf } from '../../src/messaging/reply.ts'
import { captureSmtp, drop, type Script, scriptedSmtp, silence, tarpit } from '../support/smtp.ts'

const FROM = { name: 'Sello', address: 'no-reply@sello.test' }
const ENVELOPE = { from: FROM.address, to: 'ana@example.com' }
const PEM = readFileSync(new URL('../support/localhost.pem', import.meta.url), 'utf8')
const CA = PEM.slice(PEM.indexOf('-----BEGIN CERT'))
const PATIENT = { quitMs: 50 }
/** For servers that never answer. */
const QUICK = { connectMs: 400, greetingMs: 150, socketMs: 150, quitMs: 50, totalMs: 350 }

const message = (id: string, to = ENVELOPE.to) =>
  buildMessage({
    id,
    from: FROM,
    to,
    replyTo: null,
    subject: 'Número',
    text: 'Number: 4821 0937 5516\n.\n..x\n',
    html: '<p>x</p>',
    locale: 'en',
    date: 0,
  }).raw

type Options = Partial<SmtpOptions> & { userinfo?: string; host?: string; scheme?: string }

function transportOf(t: TestContext, port: number, { userinfo = '', host = '127.0.0.1', scheme = 'smtp', ...options }: Options = {}) {
  const url = `${scheme}://${userinfo}${host}:${port}`
  const transport = smtpTransport({ url, tls: 'none', from: FROM, timeouts: PATIENT, ...options })
  t.after(() => transport.close())
  return transport
}

async function scripted(t: TestContext, script: Script, options: Options = {}) {
  const server = await scriptedSmtp(script)
  const transport = transportOf(t, server.port, options)
  t.after(() => server.close())
  return { server, transport }
}

async function captured(t: TestContext, smtp: Parameters<typeof captureSmtp>[0], options: Options = {}) {
  const server = await captureSmtp(smtp)
  const transport = transportOf(t, server.port, options)
  t.after(() => server.close())
  return { server, transport }
}

/** `kind scope code enhanced`, short enough for a table. */
const brief = (result: SendResult) =>
  [result.kind, result.kind === 'deferred' && result.scope, result.reply.code, result.reply.enhanced].filter((part) => part).join(' ')

test('a letter goes out whole, over one kept connection', async (t) => {
  const { server, transport } = await captured(t, {})
  for (const id of ['let_1', 'let_2', 'let_3']) {
    const result = await transport.send(ENVELOPE, message(id))
    assert.equal(result.kind, 'accepted')
    assert.equal(result.reply.code, 250)
  }
  assert.deepEqual(
    server.letters.map(({ messageId }) => messageId),
    ['<let_1@sello.test>', '<let_2@sello.test>', '<let_3@sello.test>'],
  )
  assert.equal(server.seen.sessions, 1)
  const [letter] = server.letters
  assert.deepEqual(letter!.raw, message('let_1'))
  assert.deepEqual(letter!.envelope, ENVELOPE)
  assert.equal(letter!.number, '482109375516')
})

test('the commands are the golden ones, without pipelining too', async (t) => {
  const { server, transport } = await scripted(t, {})
  assert.equal(brief(await transport.send(ENVELOPE, message('let_1'))), 'accepted 250 2.0.0')
  await transport.close()
  assert.deepEqual(server.commands, ['EHLO sello.test', 'MAIL FROM:<no-reply@sello.test>', 'RCPT TO:<ana@example.com>', 'DATA', 'QUIT'])
  assert.deepEqual(server.messages, [message('let_1')])
})

test('fifty letters at once share five connections', async (t) => {
  const { server, transport } = await captured(t, {})
  const ids = Array.from({ length: 50 }, (_, at) => `let_${at}`)
  const results = await Promise.all(ids.map((id) => transport.send(ENVELOPE, message(id))))
  assert.ok(results.every(({ kind }) => kind === 'accepted'))
  assert.equal(new Set(server.letters.map(({ messageId }) => messageId)).size, 50)
  assert.equal(server.seen.sessions, 5)
})

test('what the server says decides', async (t) => {
  const table: [Script, string][] = [
    [{ MAIL: '550 5.7.1 not you' }, 'failed 550 5.7.1'],
    [{ RCPT: '550 5.1.1 nobody here' }, 'failed 550 5.1.1'],
    [{ DATA: '554 5.7.1 no' }, 'failed 554 5.7.1'],
    [{ dot: '552 5.2.2 full for ever' }, 'failed 552 5.2.2'],
    [{ MAIL: '451 4.3.0 later' }, 'deferred recipient 451 4.3.0'],
    [{ RCPT: '450 4.2.0 greylisted' }, 'deferred recipient 450 4.2.0'],
    [{ DATA: '452 4.3.1 later' }, 'deferred recipient 452 4.3.1'],
    [{ dot: '451 4.7.1 later' }, 'deferred recipient 451 4.7.1'],
    [{ RCPT: '421 4.3.2 closing' }, 'deferred server 421 4.3.2'],
    [{ dot: '421 4.3.2 closing' }, 'deferred server 421 4.3.2'],
    [{ greeting: '554 5.3.2 no service' }, 'deferred server 554 5.3.2'],
    [{ greeting: '421 4.3.2 busy' }, 'deferred server 421 4.3.2'],
    [{ EHLO: '421 4.3.2 busy' }, 'deferred server 421 4.3.2'],
    [{ MAIL: '530 5.7.0 log in first' }, 'deferred server 530 5.7.0'],
    [{ MAIL: '503 5.5.1 out of order' }, 'deferred recipient 503 5.5.1'],
    [{ RCPT: '550-5.1.1 first line\r\n550 5.1.1 second line' }, 'failed 550 5.1.1'],
    [{ RCPT: '550 plain' }, 'failed 550'],
  ]
  for (const [script, outcome] of table) {
    const { server, transport } = await scripted(t, script)
    assert.equal(brief(await transport.send(ENVELOPE, message('let_1'))), outcome, JSON.stringify(script))
    assert.equal(server.messages.length, 'dot' in script ? 1 : 0)
  }
})

test('silence, tarpits and hang-ups end within the time given, each at its stage', async (t) => {
  const table: [Script, string][] = [
    [{ greeting: silence }, 'deferred server'],
    [{ greeting: tarpit }, 'deferred server'],
    [{ greeting: drop }, 'deferred server'],
    [{ EHLO: silence }, 'deferred server'],
    [{ EHLO: tarpit }, 'deferred server'],
    [{ EHLO: drop }, 'deferred server'],
    [{ MAIL: silence }, 'deferred recipient'],
    [{ RCPT: drop }, 'deferred recipient'],
    [{ DATA: tarpit }, 'deferred recipient'],
    [{ dot: silence }, 'deferred recipient'],
    [{ dot: tarpit }, 'deferred recipient'],
    [{ dot: drop }, 'deferred recipient'],
  ]
  const started = performance.now()
  await Promise.all(
    table.map(async ([script, outcome]) => {
      const { server, transport } = await scripted(t, script, { timeouts: QUICK })
      const result = await transport.send(ENVELOPE, message('let_1'))
      assert.equal(brief(result), outcome, JSON.stringify(script))
      assert.match(result.reply.text, /^no (session|answer): E\w+/)
      assert.equal(server.seen.sessions, 1)
    }),
  )
  assert.ok(performance.now() - started < 1500)
})

test('after a hang-up behind the final dot the repeat is the same message, byte for byte', async (t) => {
  const { server, transport } = await scripted(t, { dot: [drop, '250 2.0.0 taken'] })
  assert.equal(brief(await transport.send(ENVELOPE, message('let_1'))), 'deferred recipient')
  assert.equal(server.messages.length, 1, 'not repeated by itself')
  assert.equal(brief(await transport.send(ENVELOPE, message('let_1'))), 'accepted 250 2.0.0')
  assert.deepEqual(server.messages[0], server.messages[1])
})

test('a closed port and an unknown host are the server’s trouble', async (t) => {
  const { server } = await scripted(t, {})
  await server.close()
  const refused = await transportOf(t, server.port).send(ENVELOPE, message('let_1'))
  assert.equal(brief(refused), 'deferred server')
  assert.match(refused.reply.text, /ECONNREFUSED/)
  const unknown = await transportOf(t, 25, { host: 'nowhere.invalid', timeouts: QUICK }).send(ENVELOPE, message('let_1'))
  assert.equal(brief(unknown), 'deferred server')
})

test('a banner of 10 MB, in one line or in many, is not read to its end', async (t) => {
  const banners = ['2'.repeat(10_000_000), '220-hello\r\n'.repeat(1_000_000), `220 \0\x01${'é'.repeat(5_000_000)}`]
  for (const banner of banners) {
    const { transport } = await scripted(t, { greeting: banner })
    assert.equal(brief(await transport.send(ENVELOPE, message('let_1'))), 'deferred server')
  }
})

test('a refused letter leaves the connection to the next one', async (t) => {
  const { server, transport } = await scripted(t, { RCPT: ['550 5.1.1 nobody', '250 ok'] })
  assert.equal((await transport.send(ENVELOPE, message('let_1'))).kind, 'failed')
  assert.equal((await transport.send(ENVELOPE, message('let_2'))).kind, 'accepted')
  assert.ok(server.commands.includes('RSET') || server.seen.sessions === 2)
  assert.deepEqual(server.messages, [message('let_2')])
})

test('a connection that was dropped while it was idle costs nothing', async (t) => {
  for (const MAIL of [
    ['250 ok', drop, '250 ok'],
    ['250 ok', '421 4.4.2 idle too long', '250 ok'],
  ]) {
    const { server, transport } = await scripted(t, { MAIL })
    for (const id of ['let_1', 'let_2', 'let_3']) assert.equal((await transport.send(ENVELOPE, message(id))).kind, 'accepted')
    assert.equal(server.seen.sessions, 2)
    assert.deepEqual(
      server.messages,
      ['let_1', 'let_2', 'let_3'].map((id) => message(id)),
    )
  }
})

test('one hanging letter does not hold the others, and a full house is the server’s trouble', async (t) => {
  const { server, transport } = await scripted(t, { dot: [silence, '250 ok'] }, { connections: 2, timeouts: QUICK })
  const hanging = transport.send(ENVELOPE, message('let_1'))
  const others = await Promise.all(['let_2', 'let_3', 'let_4'].map((id) => transport.send(ENVELOPE, message(id))))
  assert.ok(others.filter(({ kind }) => kind === 'accepted').length >= 2)
  assert.equal(server.seen.sessions <= 3, true)
  await hanging
  const full = await scripted(t, { dot: tarpit }, { connections: 1, timeouts: QUICK })
  const results = await Promise.all(['let_1', 'let_2'].map((id) => full.transport.send(ENVELOPE, message(id))))
  assert.deepEqual(results.map(brief).sort(), ['deferred recipient', 'deferred server'])
})

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
    const { server, transport } = await scripted(t, script, { userinfo: 'user:secret@', tls: 'required' })
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

test('SMTPUTF8 where it is offered, and a mailbox beyond ASCII fails where it is not', async (t) => {
  const to = 'josé@example.com'
  const { server, transport } = await captured(t, {})
  assert.equal((await transport.send({ ...ENVELOPE, to }, message('let_1', to))).kind, 'accepted')
  assert.equal(server.letters[0]!.envelope.to, to)
  assert.ok('SMTPUTF8' in (server.letters[0]!.mailArgs as object))
  const plain = await scripted(t, { EHLO: '250-x\r\n250 8BITMIME' })
  assert.equal(brief(await plain.transport.send({ ...ENVELOPE, to }, message('let_1', to))), 'failed 5.6.7')
  assert.deepEqual(plain.server.commands, ['EHLO sello.test'])
  assert.equal((await plain.transport.send(ENVELOPE, message('let_2'))).kind, 'accepted')
  assert.equal(plain.server.seen.sessions, 1)
})

test('an address that cannot stand in a command, and a message over the server’s size, fail for good', async (t) => {
  const { server, transport } = await scripted(t, { EHLO: '250-x\r\n250 SIZE 100' })
  for (const to of ['a@b.test>\r\nRCPT TO:<x@y.z', 'a b@c.test', '', 'a@b.test\0']) {
    assert.equal(brief(await transport.send({ ...ENVELOPE, to }, message('let_1'))), 'failed 5.1.3')
  }
  assert.equal(server.seen.sessions, 0)
  assert.equal(brief(await transport.send(ENVELOPE, message('let_1'))), 'failed')
  assert.ok(!server.commands.some((command) => command.startsWith('MAIL')))
})

test('an error that nobody foresaw stays inside and shows its class only', async (t) => {
  const { transport } = await scripted(t, {})
  const result = await transport.send(ENVELOPE, {
    get length() {
      throw new TypeError('4821 0937 5516')
    },
  } as never)
  assert.deepEqual(result, { kind: 'deferred', scope: 'recipient', reply: { code: null, enhanced: null, text: 'no answer: TypeError' } })
  assert.equal((await transport.send(ENVELOPE, message('let_2'))).kind, 'accepted')
})

test('closing waits for what is on its way and takes nothing more', async (t) => {
  const { server, transport } = await scripted(t, { dot: ({ say }) => void setTimeout(say, 60, '250 2.0.0 late') }, { connections: 1 })
  const [first, second] = [transport.send(ENVELOPE, message('let_1')), transport.send(ENVELOPE, message('let_2'))]
  await new Promise((resolve) => setTimeout(resolve, 30))
  await transport.close()
  assert.equal(brief(await first), 'accepted 250 2.0.0')
  assert.equal(brief(await second), 'deferred server')
  assert.equal(brief(await transport.send(ENVELOPE, message('let_3'))), 'deferred server')
  assert.equal(server.commands.at(-1), 'QUIT')
  assert.equal(server.messages.length, 1)
})

test('a URL that is not one of SMTP is refused without its secret', () => {
  for (const url of ['http://user:secret@x', 'smtp://', 'user:secret', 'smtp://user:%zz@host']) {
    assert.throws(
      () => smtpTransport({ url, tls: 'required', from: FROM }),
      (error: Error) => !error.message.includes('secret'),
    )
  }
})

test('a reply is one short line without the number', () => {
  const table: [string, ReturnType<typeof replyOf>][] = [
    ['250 2.0.0 Ok: queued as 1A2B', { code: 250, enhanced: '2.0.0', text: 'Ok: queued as 1A2B' }],
    ['550-5.1.1 No such\n550 5.1.1 user', { code: 550, enhanced: '5.1.1', text: 'No such user' }],
    ['550 2.1.1 odd', { code: 550, enhanced: null, text: 'odd' }],
    ['554', { code: 554, enhanced: null, text: '' }],
    ['550 no 4821 0937 5516 here', { code: 550, enhanced: null, text: 'no •••• here' }],
    ['550-no 4821-0937\n550 -5516 here', { code: 550, enhanced: null, text: 'no •••• here' }],
    ['550 no 4\u200b82109375516', { code: 550, enhanced: null, text: 'no ••••' }],
    ['550 a\0b\x1b[31m\u202ec', { code: 550, enhanced: null, text: 'a b [31mc' }],
    ['nonsense', { code: null, enhanced: null, text: 'nonsense' }],
  ]
  for (const [words, reply] of table) assert.deepEqual(replyOf(words), reply)
  const long = replyOf(`550 ${'x'.repeat(192)} 482109375516`)
  assert.equal(long.text.length, 197)
  assert.doesNotMatch(long.text, /\d/)
  assert.equal(replyOf(`550 ${'é👩'.repeat(40_000)}`).text.length, 300)
})
