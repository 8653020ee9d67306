import { parseArgs } from 'node:util'
import { developmentApiKey, readGenerated } from '../development.ts'
import { print, Refused, type Tools } from './tools.ts'

type Message = { text: string; subject: string }
type Answered = { status: number; body: Record<string, unknown> }
/** How the demo speaks: calls with a credential or none, and letters read in the inbox. Everything is printed. */
type Talk = {
  call(method: string, path: string, body?: object, bearer?: string): Promise<Answered>
  /** What stands in the first line of the newest letter, once there are more than `after`. */
  letter(email: string, after?: number): Promise<string>
}

/** `./sello demo`: the flows of seeds 000, 001, 003 and 004 against a running Sello, as an application would play them. */
export async function demo(args: string[], tools: Tools) {
  const { values } = parseArgs({ args, options: { key: { type: 'string' } } })
  const config = tools.readConfig('tools')
  const url = config.publicUrl ?? `http://localhost:${config.port}`
  const key =
    values.key ??
    config.bootstrapKey ??
    (config.mode === 'development' ? developmentApiKey(readGenerated(config.dataDir, tools.env)) : null)
  if (!key) throw new Refused('which API key? ./sello demo --key …')
  const talk = talkTo(url, tools)
  await playNumbers(talk, key, `demo-${tools.env.digits(6)}@example.com`)
  await playAccounts(talk, `demo-${tools.env.digits(6)}@example.com`)
  print('All as it should be.')
}

function talkTo(url: string, { env }: Tools): Talk {
  return {
    async call(method, path, body, bearer) {
      print(`> ${method} ${path}${body ? `\n> ${short(JSON.stringify(body))}` : ''}`)
      const headers = { ...(bearer ? { authorization: `Bearer ${bearer}` } : {}), ...(body ? { 'content-type': 'application/json' } : {}) }
      const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) }).catch(
        (cause: unknown) => {
          throw new Refused(`nobody answers at ${url}; is ./sello start running?`, { cause })
        },
      )
      const text = await response.text()
      print(`< ${response.status} ${short(text)}\n`)
      return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} }
    },
    async letter(email, after = 0) {
      for (let i = 0; i < 50; i++) {
        const response = await fetch(`${url}/inbox/messages?to=${encodeURIComponent(email)}`)
        if (!response.ok) throw new Refused('the demo reads the letter in the built-in inbox, and this Sello sends by SMTP')
        const messages = (await response.json()) as Message[]
        if (messages.length > after) {
          print(`  the letter: ${messages[0]!.subject}\n  ${messages[0]!.text.split('\n', 1)[0]}\n`)
          return /: ([\d ]+)/.exec(messages[0]!.text)![1]!
        }
        await env.sleep(100)
      }
      throw new Refused('the letter did not come within 5 seconds')
    },
  }
}

/** Tokens and receipts are long, and their ends tell nothing. */
const short = (json: string) => json.replace(/("[^" ]{40})[^" ]{40,}"/g, '$1…"')

function expect(what: string, right: boolean) {
  if (!right) throw new Refused(`that was not to be expected: ${what}`)
}

async function playNumbers({ call, letter }: Talk, key: string, email: string) {
  const token = 'session-of-the-visitor'
  print('IDENTITY NUMBERS. The application has an API key.\n')
  print(`1. A visitor gives an address. The application registers it with its own session token.\n`)
  const registered = await call('POST', '/v1/identities', { email, token }, key)
  expect('registration', registered.status === 202)
  print(`2. Sello mails a number.\n`)
  const first = await letter(email)
  print(`3. A number with a typing slip is caught before anything is looked up.\n`)
  const slip = first.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))
  expect('a typing slip', (await call('POST', '/v1/identities/check', { number: slip }, key)).status === 400)
  print(`4. The visitor asks again: a new number, and the older one is dead.\n`)
  await call('POST', '/v1/identities', { email, token }, key)
  const second = await letter(email, 1)
  expect('the older number', (await call('POST', '/v1/identities/check', { number: first }, key)).status === 404)
  print(`5. The visitor types the newest number; the application sends it back with the visitor's token.\n`)
  const checked = await call('POST', '/v1/identities/check', { number: second, token }, key)
  expect('the check', checked.status === 200 && checked.body.email === email)
  print(`6. It works once.\n`)
  expect('a second check', (await call('POST', '/v1/identities/check', { number: second, token }, key)).status === 404)
  print(`7. What became of it.\n`)
  const shown = await call('GET', `/v1/identities/${String(checked.body.id)}`, undefined, key)
  expect('the status', shown.body.status === 'checked')
}

async function playAccounts({ call, letter }: Talk, email: string) {
  const password = 'correct horse battery'
  print('ACCOUNTS. These calls need no API key.\n')
  print(`8. A person signs up. The application keeps flow with the visitor.\n`)
  const { status, body } = await call('POST', '/v1/register', { email, password })
  const { flow } = body
  expect('the sign-up', status === 202)
  print(`9. Sello mails a code and a link.\n`)
  const code = await letter(email)
  print(`10. A wrong code is counted.\n`)
  const slip = code.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))
  expect('a wrong code', (await call('POST', '/v1/verify-email', { email, code: slip, flow })).body.attemptsLeft === 2)
  print(`11. The right password does not help before the mailbox is proven.\n`)
  expect('too early', (await call('POST', '/v1/login', { email, password })).status === 403)
  print(`12. The right code proves it.\n`)
  expect('the code', (await call('POST', '/v1/verify-email', { email, code, flow })).body.status === 'verified')
  print(`13. The person signs in: an access token for 24 hours, and a refresh token.\n`)
  const signedIn = await call('POST', '/v1/login', { email, password })
  expect('the sign-in', signedIn.status === 200)
  print(`14. Who is it?\n`)
  const account = await call('GET', '/v1/account', undefined, String(signedIn.body.access_token))
  expect('the account', account.body.email === email)
  print(`15. The refresh token is exchanged for its successor.\n`)
  const grant = { grant_type: 'refresh_token', refresh_token: signedIn.body.refresh_token }
  const fresh = await call('POST', '/v1/token', grant)
  expect('the refresh', fresh.status === 200 && fresh.body.refresh_token !== grant.refresh_token)
  print(`16. Signing out ends the session, and its access tokens with it.\n`)
  expect('signing out', (await call('POST', '/v1/logout', { refresh_token: fresh.body.refresh_token })).status === 204)
  expect('an ended session', (await call('GET', '/v1/account', undefined, String(fresh.body.access_token))).status === 401)
}
