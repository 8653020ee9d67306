import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, test } from 'node:test'
import { type ConfigMistakes, readConfig } from '../../src/config.ts'
import { openInbox } from '../../src/messaging/inbox.ts'
import { createMessaging } from '../../src/messaging/messaging.ts'
import { dkimOf, judge, keyPair } from '../support/dkim.ts'
import { fakeEnv } from '../support/env.ts'
import { readLetter } from '../support/letter.ts'
import { letterOf, PUBLIC_URL } from '../support/letters.ts'
import { captured, FROM, message } from '../support/relay.ts'

const signers = (['rsa', 'ed25519'] as const).map((type) => ({ type, ...dkimOf(type) }))
const edit = (raw: Buffer, from: string | RegExp, to: string) => {
  const text = raw.toString('latin1')
  const edited = text.replace(from, to)
  assert.notEqual(edited, text)
  return Buffer.from(edited, 'latin1')
}

describe('DKIM', () => {
  for (const { type, sign, resolver } of signers) {
    test(`${type}: an independent judge finds the signature good, and every byte of it counts`, async () => {
      const signed = sign(message('let_1'))
      assert.deepEqual(await judge(signed, resolver), { result: 'pass', domain: 'sello.test', algorithm: `${type}-sha256` })
      readLetter(signed)
      assert.ok(signed.subarray(-message('let_1').length).equals(message('let_1')), 'the message behind it is untouched')
      const bad: [what: string, raw: Buffer][] = [
        ['a byte of the body', edit(signed, /\r\n([A-Za-z])([^\r]+)\r\n--/, '\r\nQ$2\r\n--')],
        ['From', edit(signed, 'no-reply@sello.test', 'no-reply@sellp.test')],
        ['To', edit(signed, 'To: ana@', 'To: eva@')],
        ['Subject', edit(signed, /Subject: [^\r]+/, 'Subject: another')],
        ['Date', edit(signed, 'Thu, 01 Jan 1970 00', 'Thu, 01 Jan 1970 01')],
        ['Message-ID', edit(signed, '<let_1@', '<let_2@')],
        ['Content-Type', edit(signed, /boundary="=_/, 'boundary="=-')],
        ['a second From before it', edit(signed, /^/, 'From: evil@example.com\r\n')],
        ['a second From behind it', edit(signed, 'MIME-Version:', 'From: evil@example.com\r\nMIME-Version:')],
        ['a second Subject', edit(signed, /^/, 'Subject: evil\r\n')],
        ['a Reply-To where there was none', edit(signed, /^/, 'Reply-To: evil@example.com\r\n')],
        ['a Cc', edit(signed, /^/, 'Cc: evil@example.com\r\n')],
        ['an end that was cut off', signed.subarray(0, signed.length - 40)],
        ['words behind the end', Buffer.concat([signed, Buffer.from('more\r\n')])],
      ]
      // Its word for a body that is not the one signed is `neutral`.
      for (const [what, raw] of bad) assert.match((await judge(raw, resolver)).result, /^(fail|neutral)$/, what)
      const other = dkimOf(type)
      assert.equal((await judge(signed, other.resolver)).result, 'fail', 'another key')
    })

    test(`${type}: what a relay may do on the way does not break it`, async () => {
      const signed = sign(message('let_1'))
      const harmless = [
        edit(signed, /^/, 'Received: from a by b;\r\n Sat, 21 Nov 2026 00:00:00 +0000\r\nReturn-Path: <x@y.test>\r\n'),
        edit(signed, 'MIME-Version: 1.0', 'mime-version:  1.0 '),
        edit(signed, /Subject: ([^\r]+)/, 'Subject:\r\n $1'),
        Buffer.concat([signed, Buffer.from('\r\n\r\n')]),
      ]
      for (const raw of harmless) assert.equal((await judge(raw, resolver)).result, 'pass', raw.subarray(0, 60).toString())
    })
  }

  test('addresses, names and subjects of every kind verify, with and without Reply-To', async () => {
    const { sign, resolver } = signers[0]!
    const raw = message('let_1')
    for (const change of [
      'To: josé@example.com',
      'To: ана@xn--e1afmkfd.xn--p1ai',
      `To: ${'x'.repeat(60)}@example.com`,
      'To: a  b \t@x.y',
    ]) {
      const text = raw.toString('utf8').replace('To: ana@example.com', `${change}\r\nReply-To: ${change.slice(4)}`)
      assert.equal((await judge(sign(Buffer.from(text)), resolver)).result, 'pass', change)
    }
    for (const body of ['', '\r\n\r\n', 'a  b \t \r\n\r\n', ' \r\n \r\nx', 'x\r\n'.repeat(1000)]) {
      const text = `From: a@b.test\r\nSubject: x\r\n\r\n${body}`
      assert.equal((await judge(sign(Buffer.from(text)), resolver)).result, 'pass', JSON.stringify(body.slice(0, 20)))
    }
  })

  test('messaging signs what it renders; through a relay it arrives whole, and the repeat is the same to the byte', async (t) => {
    for (const { sign, resolver } of signers) {
      const { server, transport } = await captured(t, {})
      const messaging = createMessaging({ env: fakeEnv(), from: FROM, transport, sign, inbox: await openInbox() })
      const app = { name: 'Книги и .чай', replyTo: 'hola@example.com' }
      for (const [locale, kind] of [
        ['ru', 'number'],
        ['es', 'code'],
        ['en', 'welcome'],
      ] as const) {
        const letter = letterOf(kind, { id: `let_${locale}`, to: 'ana+tag@example.com', locale, app })
        for (let i = 0; i < 2; i++) assert.equal((await messaging.sendLetter({ letter, publicUrl: PUBLIC_URL })).kind, 'accepted')
        const [first, second] = server.letters.slice(-2)
        assert.deepEqual(first!.raw, second!.raw)
        assert.equal(first!.messageId, `<let_${locale}@sello.test>`)
        assert.equal((await judge(first!.raw, resolver)).result, 'pass')
      }
    }
  })
})

test('the three settings of DKIM go together, and a weak or wrong key is refused without a word of it', () => {
  const { pem } = keyPair('rsa')
  const all = { SELLO_DKIM_DOMAIN: 'example.com', SELLO_DKIM_SELECTOR: 's2026.mail', SELLO_DKIM_KEY: pem }
  const mistakes = (settings: Record<string, string>) => {
    try {
      readConfig(settings)
      return []
    } catch (error) {
      return (error as ConfigMistakes).lines
    }
  }
  assert.deepEqual(mistakes({}), [])
  assert.deepEqual(mistakes(all), [])
  assert.deepEqual(mistakes({ ...all, SELLO_DKIM_KEY: keyPair('ed25519').pem }), [])
  assert.deepEqual(readConfig(all).withoutEffect, [])
  for (const [name, value] of Object.entries(all)) {
    const lines = mistakes({ ...all, [name]: '' })
    assert.equal(lines.length, 1)
    assert.ok(lines[0]!.startsWith(`${name} is missing, and DKIM takes all three`), lines[0]!)
    assert.equal(mistakes({ [name]: value }).length, 2)
  }
  const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const weak = pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey)
  const curve = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
  for (const key of [weak, curve, 'hunter2', pem.slice(0, 400)]) {
    const lines = mistakes({ ...all, SELLO_DKIM_KEY: key })
    assert.equal(lines.length, 1)
    assert.match(lines[0]!, /^SELLO_DKIM_KEY is /)
    assert.ok(!lines[0]!.includes(key.slice(30, 60)) || key === 'hunter2')
    assert.doesNotMatch(lines[0]!, /hunter2/)
  }
  for (const domain of ['192.168.0.1', 'a b', 'example..com', 'x;d=evil', 'example.com.'])
    assert.equal(mistakes({ ...all, SELLO_DKIM_DOMAIN: domain }).length, 1, domain)
})
