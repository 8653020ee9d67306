import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { folder } from '../support/folder.ts'
import { readLetter } from '../support/letter.ts'
import { type Sello, startSello, until } from '../support/server.ts'
import { type Act, type Script, type Session, scriptedSmtp } from '../support/smtp.ts'
import { each } from './ledger.ts'

/** A lease of 30 s, a claim every second, a busy machine. */
const RETAKEN_MS = 40_000

type Stage = keyof Script
/** At which word of SMTP the sender dies, what it still hears, and how many copies there may be in the end. */
const stages: [title: string, stage: Stage, last: string | null, copies: number[]][] = [
  ['before the greeting', 'greeting', null, [1]],
  ['after the sender was named', 'MAIL', null, [1]],
  ['after the recipient was named', 'RCPT', null, [1]],
  ['when the message may begin', 'DATA', '354 go on', [1]],
  ['after the message, before the answer', 'dot', null, [2]],
  ['with the answer', 'dot', '250 2.0.0 taken', [1, 2]],
]

describe('a sender that is killed', { concurrency: true, timeout: 120_000 }, () => {
  for (const [title, stage, last, copies] of stages) {
    test(`${title}: its letter is taken up again within the lease, the same to the byte`, async (t) => {
      const servers: Sello[] = []
      const die = ({ say }: Session) => {
        if (last) say(last)
        setImmediate(() => servers[0]!.child.kill('SIGKILL'))
      }
      const usual: Partial<Record<Stage, Act>> = { greeting: '220 scripted.test ESMTP', DATA: '354 go on', dot: '250 2.0.0 taken' }
      const smtp = await scriptedSmtp({ [stage]: [die, usual[stage] ?? '250 2.1.0 ok'] })
      t.after(async () => void (await smtp.close()))
      const settings = { SELLO_DATA_DIR: folder(t), SELLO_SMTP_URL: smtp.url }
      servers.push(await startSello(t, settings))
      const answer = await servers[0]!.register('ana@example.com')
      assert.equal(answer.status, 202)
      await servers[0]!.ended
      const sello = await startSello(t, settings)
      const status = async () => (await sello.show(answer.body.id!)).body.status
      await until('the letter', RETAKEN_MS, async () => (await status()) === 'sent')
      const raws = smtp.messages.map((raw) => raw.toString('latin1'))
      assert.ok(copies.includes(raws.length), `${raws.length} copies`)
      assert.equal(new Set(raws).size, 1)
      assert.equal((await sello.check(readLetter(smtp.messages[0]!).number)).status, 200)
      await sello.stop()
    })
  }

  test('with the built-in inbox, ten times under load: every acknowledged letter is there, and carries the live number', async (t) => {
    const settings = { SELLO_DATA_DIR: folder(t), SELLO_LIMITS: 'off' }
    const acked = new Map<string, string>()
    for (let life = 0; life < 10; life++) {
      const sello = await startSello(t, settings)
      let sending = true
      const hands = Array.from({ length: 8 }, async (_, hand) => {
        for (let i = 0; sending; i++) {
          const email = `l${life}-${hand}-${i}@example.com`
          const answer = await sello.register(email).catch(() => null)
          if (answer?.status === 202) acked.set(email, answer.body.id!)
          await wait(10)
        }
      })
      const before = acked.size
      await until('letters in hand', 10_000, () => acked.size >= before + 8)
      await wait(20 * life)
      await sello.kill()
      sending = false
      await Promise.all(hands)
    }
    const sello = await startSello(t, settings)
    await until('an empty outbox', RETAKEN_MS, async () => (await sello.metric('sello_outbox_letters')) === 0)
    const wrong: string[] = []
    await each([...acked], 8, async ([email, id]) => {
      const response = await fetch(`${sello.url}/inbox/messages?to=${encodeURIComponent(email)}`)
      const letters = (await response.json()) as { text: string }[]
      const number = /: ([\d ]+)/.exec(letters[0]?.text ?? '')?.[1] ?? ''
      const { status, body } = await sello.check(number)
      if (letters.length !== 1 || status !== 200 || body.id !== id) wrong.push(`${email}: ${letters.length} letters, ${status} ${body.id}`)
    })
    console.log(`the inbox after ten kills: ${acked.size} acknowledged, ${wrong.length} lost`)
    assert.deepEqual(wrong, [])
    assert.ok(acked.size > 50 && acked.size < 1000, `${acked.size} letters; the inbox holds 1000`)
    await sello.stop()
  })
})
