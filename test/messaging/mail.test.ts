import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { smtpTransport } from '../../src/messaging/mail.ts'
import { replyOf } from '../../src/messaging/reply.ts'
import { brief, captured, ENVELOPE, FROM, message, scripted } from '../support/relay.ts'
import type { Script } from '../support/smtp.ts'

// Most of the time here is waiting, so the tests wait together.
describe('smtp', { concurrency: true }, () => {
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

  test('fifty letters at once share five connections, of which one domain has three', async (t) => {
    const { server, transport } = await captured(t, {})
    const ids = Array.from({ length: 50 }, (_, at) => `let_${at}`)
    const first = await Promise.all(ids.map((id) => transport.send(ENVELOPE, message(id))))
    assert.equal(server.seen.sessions, 3)
    const envelope = (at: number) => ({ ...ENVELOPE, to: `ana@domain${at % 4}.example` })
    const second = await Promise.all(ids.map((id, at) => transport.send(envelope(at), message(`${id}b`, envelope(at).to))))
    assert.ok([...first, ...second].every(({ kind }) => kind === 'accepted'))
    assert.equal(new Set(server.letters.map(({ messageId }) => messageId)).size, 100)
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

  test('closing waits for what is on its way and takes nothing more', async (t) => {
    const options = { connections: 1, timeouts: { quitMs: 1 } }
    const { server, transport } = await scripted(t, { dot: ({ say }) => void setTimeout(say, 60, '250 2.0.0 late') }, options)
    const [first, second] = [transport.send(ENVELOPE, message('let_1')), transport.send(ENVELOPE, message('let_2'))]
    await new Promise((resolve) => setTimeout(resolve, 30))
    await transport.close()
    assert.equal(brief(await first), 'accepted 250 2.0.0')
    assert.equal(brief(await second), 'deferred server')
    assert.equal(brief(await transport.send(ENVELOPE, message('let_3'))), 'deferred server')
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
})
