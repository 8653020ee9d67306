import { parseArgs } from 'node:util'
import { developmentApiKey, readGenerated } from '../development.ts'
import { print, Refused, type Tools } from './tools.ts'

type Message = { text: string; subject: string }

/** `./sello demo`: the flows of seeds 000 and 001 against a running Sello, as an application's server would play them. */
export async function demo(args: string[], tools: Tools) {
  const { values } = parseArgs({ args, options: { key: { type: 'string' } } })
  const config = tools.readConfig('tools')
  const url = config.publicUrl ?? `http://localhost:${config.port}`
  const key =
    values.key ??
    config.bootstrapKey ??
    (config.mode === 'development' ? developmentApiKey(readGenerated(config.dataDir, tools.env)) : null)
  if (!key) throw new Refused('which API key? ./sello demo --key …')
  const email = `demo-${tools.env.digits(6)}@example.com`

  async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
    print(`> ${method} ${path}${body ? `\n> ${JSON.stringify(body)}` : ''}`)
    const headers = { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) }
    const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) }).catch(
      (cause: unknown) => {
        throw new Refused(`nobody answers at ${url}; is ./sello start running?`, { cause })
      },
    )
    const text = await response.text()
    print(`< ${response.status} ${text}\n`)
    return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} }
  }
  async function letter(after = 0): Promise<string> {
    for (let i = 0; i < 50; i++) {
      const response = await fetch(`${url}/inbox/messages?to=${encodeURIComponent(email)}`)
      if (!response.ok) throw new Refused('the demo reads the letter in the built-in inbox, and this Sello sends by SMTP')
      const messages = (await response.json()) as Message[]
      if (messages.length > after) {
        print(`  the letter: ${messages[0]!.subject}\n  ${messages[0]!.text.split('\n', 1)[0]}\n`)
        return /: ([\d ]+)/.exec(messages[0]!.text)![1]!
      }
      await tools.env.sleep(100)
    }
    throw new Refused('the letter did not come within 5 seconds')
  }
  function expect(what: string, right: boolean) {
    if (!right) throw new Refused(`that was not to be expected: ${what}`)
  }

  print(`1. A visitor gives an address. The application registers it with its own session token.\n`)
  const registered = await call('POST', '/v1/identities', { email, token: 'session-of-the-visitor' })
  expect('registration', registered.status === 202)
  print(`2. Sello mails a number.\n`)
  const first = await letter()
  print(`3. A number with a typing slip is caught before anything is looked up.\n`)
  const slip = first.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))
  expect('a typing slip', (await call('POST', '/v1/identities/check', { number: slip })).status === 400)
  print(`4. The visitor asks again: a new number, and the older one is dead.\n`)
  await call('POST', '/v1/identities', { email, token: 'session-of-the-visitor' })
  const second = await letter(1)
  expect('the older number', (await call('POST', '/v1/identities/check', { number: first })).status === 404)
  print(`5. The visitor types the newest number; the application sends it back with the visitor's token.\n`)
  const proof = { number: second, token: 'session-of-the-visitor' }
  const checked = await call('POST', '/v1/identities/check', proof)
  expect('the check', checked.status === 200 && checked.body.email === email)
  print(`6. It works once.\n`)
  expect('a second check', (await call('POST', '/v1/identities/check', proof)).status === 404)
  print(`7. What became of it.\n`)
  const shown = await call('GET', `/v1/identities/${String(checked.body.id)}`)
  expect('the status', shown.body.status === 'checked')
  print('All as it should be.')
}
