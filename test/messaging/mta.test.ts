import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { smtpTransport } from '../../src/messaging/mail.ts'
import { dkimOf, judge } from '../support/dkim.ts'
import { folder } from '../support/folder.ts'
import { readLetter } from '../support/letter.ts'
import { ACCOUNTS, startMta } from '../support/mta.ts'
import { brief, FROM, message } from '../support/relay.ts'
import { type Sello, startSello, until } from '../support/server.ts'

/** Ends what a suite has started, the last first. */
const ends: (() => void | Promise<void>)[] = []
const suite = { after: (end: () => void | Promise<void>) => void ends.push(end) }
const PASSWORD = encodeURIComponent(ACCOUNTS.password)

describe('a real mail server', { timeout: 120_000 }, () => {
  let mta: Awaited<ReturnType<typeof startMta>>
  let sello: Sello
  const rsa = dkimOf('rsa')

  before(async () => {
    mta = await startMta(suite)
    sello = await startSello(suite, {
      SELLO_DATA_DIR: folder(suite),
      SELLO_LIMITS: 'off',
      SELLO_SMTP_URL: `smtp://${ACCOUNTS.user}:${PASSWORD}@localhost:${mta.port}`,
      SELLO_SMTP_TLS: 'required',
      SELLO_MAIL_FROM: 'Книги Ñ <no-reply@sello.test>',
      SELLO_DKIM_DOMAIN: 'sello.test',
      SELLO_DKIM_SELECTOR: 's1',
      SELLO_DKIM_KEY: rsa.pem,
      NODE_EXTRA_CA_CERTS: mta.caFile,
    })
  })
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  const register = (email: string, locale: string) =>
    sello.ask({ method: 'POST', path: '/v1/identities', body: { email, token: 'session', locale } })
  const transportOf = (user: string, sign = (raw: Buffer) => raw, options: { ca?: string; host?: string } = { ca: mta.ca }) => {
    const url = `smtp://${user}@${options.host ?? 'localhost'}:${mta.port}`
    const transport = smtpTransport({ url, tls: 'required', from: FROM, ...(options.ca ? { ca: options.ca } : {}) })
    return {
      send: (to: string, id: string) => transport.send({ from: FROM.address, to }, sign(message(id, to))),
      close: () => transport.close(),
    }
  }

  test('a registration’s letter is in the mailbox, in every language, to a +tag and to an IDN domain; its signature holds, its number is good', async () => {
    const table: [email: string, locale: string, mailbox: string][] = [
      ['ana@mta.test', 'es', 'ana@mta.test'],
      ['ana+libros@mta.test', 'ru', 'ana@mta.test'],
      ['ana@bücher.test', 'en', 'ana@xn--bcher-kva.test'],
    ]
    for (const [email, locale, mailbox] of table) {
      const { status, body } = await register(email, locale)
      assert.equal(status, 202, JSON.stringify(body))
      const { raw, trace } = await mta.take(mailbox)
      assert.match(trace, /^Return-Path: <no-reply@sello\.test>\r\n/)
      assert.match(trace, /with ESMTPSA/, 'over TLS, logged in')
      const letter = readLetter(raw)
      assert.deepEqual(await judge(raw, rsa.resolver), { result: 'pass', domain: 'sello.test', algorithm: 'rsa-sha256' })
      assert.deepEqual(await judge(Buffer.concat([Buffer.from(trace, 'latin1'), raw]), rsa.resolver), await judge(raw, rsa.resolver))
      assert.match(letter.subject, { es: /número/, ru: /личный номер/, en: /identity number/ }[locale]!)
      assert.match(letter.text, { es: /Número: /, ru: /^Номер: /, en: /^Number: / }[locale]!)
      await until('accepted', 15_000, async () => (await sello.show(body.id!)).body.status === 'sent')
      assert.equal((await sello.check(letter.number)).status, 200)
    }
    assert.ok(mta.logins.length > 0 && mta.logins.every((name) => name === ACCOUNTS.user))
  })

  test('550 to an unknown user is failed, 450 is deferred, in the server’s own words', async () => {
    const nobody = await register('nobody@mta.test', 'en')
    const busy = await register('busy@mta.test', 'en')
    await until('failed', 5000, async () => (await sello.show(nobody.body.id!)).body.status === 'failed')
    const events = async (id: string) => (await sello.show(id)).body.timeline!
    assert.equal((await events(nobody.body.id!)).at(-1)!.detail, '5xx 5.1.1')
    await until('deferred', 5000, async () => (await events(busy.body.id!)).some(({ event }) => event === 'deferred'))
    assert.deepEqual((await events(busy.body.id!)).at(-1)!.detail, '4xx 4.2.0')
    // The log is written behind.
    await until('words in the log', 15_000, () => sello.logs().some(({ detail }) => /^550 .*(unknown|rejected)/.test(detail ?? '')))
  })

  test('what is sent arrives byte for byte, signed or not, to a mailbox beyond ASCII too', async (t) => {
    for (const sign of [(raw: Buffer) => raw, rsa.sign, dkimOf('ed25519').sign]) {
      const transport = transportOf(`${ACCOUNTS.user}:${PASSWORD}`, sign)
      t.after(transport.close)
      for (const to of ['ana@mta.test', 'ana+tag@mta.test', 'josé@mta.test']) {
        assert.equal(brief(await transport.send(to, 'let_1')), 'accepted 250 2.0.0')
        const { raw } = await mta.take(to.replace('+tag', ''))
        assert.equal(raw.toString('latin1'), sign(message('let_1', to)).toString('latin1'))
      }
    }
  })

  test('a wrong password, a certificate that nobody vouches for, another host’s: the server’s trouble, and no letter', async (t) => {
    const before = mta.logins.length
    const wrong = transportOf(`${ACCOUNTS.user}:wrong-secret`)
    const stranger = transportOf(`${ACCOUNTS.user}:${PASSWORD}`, undefined, {})
    const elsewhere = transportOf(`${ACCOUNTS.user}:${PASSWORD}`, undefined, { ca: mta.ca, host: '127.0.0.1' })
    for (const transport of [wrong, stranger, elsewhere]) t.after(transport.close)
    const refused = await wrong.send('ana@mta.test', 'let_1')
    assert.equal(brief(refused), 'deferred server 535 5.7.8')
    assert.match(refused.reply.text, /authentication failed/)
    assert.doesNotMatch(refused.reply.text + mta.log(), /wrong-secret/)
    assert.equal(mta.logins.length, before + 1)
    for (const [transport, why] of [
      [stranger, /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET/],
      [elsewhere, /ALTNAME_INVALID/],
    ] as const) {
      const result = await transport.send('ana@mta.test', 'let_1')
      assert.equal(brief(result), 'deferred server')
      assert.match(result.reply.text, why)
    }
    assert.equal(mta.logins.length, before + 1, 'the password was not sent')
  })
})
