import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { code } from '../../src/i18n/pages/code.ts'
import { shell } from '../../src/i18n/pages/shell.ts'
import { signUp } from '../../src/i18n/pages/sign-up.ts'
import { assertAccessible, assertNarrow, browserOfFile, shoot, visitor } from '../support/browser.ts'
import { readLetter } from '../support/letter.ts'
import { codeIn, PASSWORD, people } from '../support/people.ts'
import { guest } from '../support/sign-up-pages.ts'
import { type Script, scriptedSmtp } from '../support/smtp.ts'
import { type World, world } from '../support/world.ts'

const browser = browserOfFile()

/** A Sello whose mail server follows a script, and somebody who signs up there. */
async function sending(t: TestContext, script: Script) {
  const smtp = await scriptedSmtp(script)
  t.after(() => smtp.close())
  const place = await world(t, { settings: { SELLO_SMTP_URL: smtp.url } })
  const seen = await visitor(t, browser(), place.url, { locale: 'es', width: 360 })
  return { ...place, ...seen, smtp, ana: guest(seen.page, place.url) }
}
/** Our clock goes on until the mail server has a letter. */
async function taken({ env, smtp }: Pick<World, 'env'> & { smtp: { messages: unknown[] } }) {
  for (let looks = 0; looks < 200 && smtp.messages.length === 0; looks++) {
    await env.advance(1000)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.equal(smtp.messages.length, 1)
}
/** The page that waits asks every two seconds, by the clock of the world. */
const SOON = { timeout: 15_000 }

test('a letter that must wait: the page says so by itself, and no more once it went; what has the focus keeps it', async (t) => {
  const here = await sending(t, { RCPT: ['451 4.7.1 greylisted, try again', '451 4.7.1 again', '250 2.1.5 ok'] })
  const { page, ana, smtp, wrong } = here
  await ana.signUp('ana@slow.example')
  await ana.field.focus()
  const notice = page.getByRole('status').getByRole('heading', { name: code.es.deferred.heading })
  await notice.waitFor(SOON)
  await page.getByText('El servidor de slow.example nos pide esperar. Seguimos intentándolo; no pidas otro.').waitFor()
  assert.equal(await page.getByRole('alert').count(), 0, 'nobody did anything wrong')
  await assertNarrow(page, 'deferred')
  await assertAccessible(page, 'deferred')
  await shoot(page, 'es-19-deferred-360-light')
  assert.equal(await page.evaluate('document.activeElement.id'), 'code')
  await taken(here)
  await notice.waitFor({ state: 'detached', ...SOON })
  await ana.field.waitFor()
  await ana.enterCode(/: (\d{4})\b/.exec(readLetter(smtp.messages[0]!).text)![1]!)
  await ana.heading(signUp.es.verified.heading)
  assert.deepEqual(wrong, [])
})

test('a letter that nobody took: the page says so by itself, and the address is corrected', async (t) => {
  const here = await sending(t, { RCPT: ['550 5.1.1 no such user', '250 2.1.5 ok'] })
  const { page, ana, smtp, wrong } = here
  await ana.signUp('anna@shop.example')
  await page.getByRole('status').getByRole('heading', { name: code.es.bounced.heading }).waitFor(SOON)
  await page.getByText('El servidor de shop.example no ha aceptado el mensaje para anna@. Corrige la dirección.').waitFor()
  await assertAccessible(page, 'bounced')
  await shoot(page, 'es-20-bounced-360-light')
  await page.getByRole('link', { name: code.es.code.correct }).click()
  await page.getByLabel(shell.es.email).fill('ana@shop.example')
  await page.getByLabel(shell.es.password, { exact: true }).fill(PASSWORD)
  await ana.press(signUp.es.register.submit)
  await ana.heading(code.es.code.heading)
  await page.getByText('ana@shop.example').waitFor()
  await taken(here)
  assert.equal(readLetter(smtp.messages[0]!).to, 'ana@shop.example')
  assert.deepEqual(wrong, [])
})

test('two sign-ups at one address: the code alone is not enough, its own password is asked for too', async (t) => {
  const place = await world(t)
  const { page, wrong } = await visitor(t, browser(), place.url, { locale: 'es', width: 360, script: false })
  const ana = guest(page, place.url)
  await people(place).signedUp('ana@example.com', 'the password of a stranger')
  await place.env.leap(60_000)
  await people(place).signedUp('ana@example.com', PASSWORD, 2)
  await ana.signIn('ana@example.com')
  await ana.heading(code.es.code.heading)
  const right = codeIn((await place.inbox('ana@example.com'))[0])
  await ana.enterCode(right)
  await ana.status(code.es.contested.heading)
  await ana.alert(shell.es.passwordMissing)
  await page.getByLabel(code.es.contested.label).fill('not the password')
  await ana.press(code.es.code.submit)
  await ana.alert(shell.es.passwordWrong)
  await shoot(page, 'es-21-contested-360-light')
  assert.equal(await ana.field.inputValue(), right)
  await page.getByLabel(code.es.contested.label).fill(PASSWORD)
  await ana.press(code.es.code.submit)
  await ana.heading(signUp.es.verified.heading)
  assert.deepEqual(wrong, [])
})
