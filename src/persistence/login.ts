import { domainToASCII } from 'node:url'
import { clock } from '../call.ts'
import type { Browser } from '../contract/browsers.ts'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import { type Account, type Mailbox, pendingOf } from '../rules/account.ts'
import { mayTellSignIn } from '../rules/account-life.ts'
import { readEmail } from '../rules/email.ts'
import { BROWSER_MS, knowsBrowser, type Session, withBrowser, withSession } from '../rules/session.ts'
import { createAccountLetters } from './account-letters.ts'
import type { App } from './apps.ts'
import {
  accountKey,
  accountPut,
  asAccount,
  asMailbox,
  EMAIL_WRONG,
  mailboxKey,
  newHandle,
  PASSWORD_WRONG,
  partitionOfHandle,
  sessionKey,
} from './mailboxes.ts'
import { writeRefreshToken } from './refresh-tokens.ts'
import type { Room } from './room.ts'
import { writeCookie } from './session-cookies.ts'
import { grant, sessionPut, showSession } from './session-records.ts'
import type { Partition } from './store/store.ts'
import { type Decision, EPOCH_KEY, type View } from './store/transact.ts'

type Login = Pick<Client<typeof persistence>, 'login' | 'signIn'>
type Refused = Exclude<Awaited<ReturnType<Login['login']>>, { kind: 'granted' }>
type Begun = { kind: 'begun'; session: Session; account: Account }
/** `changed`: the account has another credential than the one that was opened. */
type SignedIn = Begun | { kind: 'changed' }
/** What lies at an address: whose it is, and who signed up there without proving it. */
type Found = { account: Account | null; pending: string[] }
/** The password opened this credential, which `fresh` replaces where it is outdated. */
type Opened = { account: string; email: string; credential: string; fresh: string | null }

/**
 * Inicio de sesión (seed 003), POST /login (seed 004). An application's sign-in writes nothing but a session and never sends a letter;
 * one at a page tells the owner when it comes from a browser that the account does not know.
 */
export function createLogin(room: Room): Login {
  const { env, store, secrets, policy, apps, passwords } = room
  const letters = createAccountLetters(room)

  /** Two reads whether there is an account or not: how long they take tells nothing. */
  async function find(app: App, email: string, partition: Partition): Promise<Found> {
    const [epoch, record] = await store.read(partition, [EPOCH_KEY, mailboxKey(email, app.id)])
    room.epochOf(epoch) // of a store that was emptied nobody may say that an account is not there
    const mailbox: Mailbox | null = asMailbox(record)
    const id = mailbox?.account ?? newHandle(env, 'acc', partition)
    const [found] = await store.read(partitionOfHandle(id)!, [accountKey(id)])
    const account = asAccount(found)
    const pending = mailbox ? pendingOf(mailbox, env.now()).map(({ password }) => password) : []
    return { account: account && holds(account, app.id, email) ? account : null, pending }
  }

  /** Under way to another address a mailbox may still point to it. */
  const holds = (account: Account, app: string, email: string) =>
    account.app === app && account.email === email && account.deletedAt === null

  async function judge(app: App, email: string, password: string, { account, pending }: Found): Promise<Opened | 'pending' | null> {
    const scope = `${app.id}/${email}`
    const own = account?.password == null ? [] : [account.password]
    const opened = await passwords.match(scope, password, [...own, ...pending])
    if (opened.length === 0) return null
    if (!account || own.length === 0 || !opened.includes(0)) return 'pending'
    const credential = own[0]!
    const fresh = passwords.isOutdated(credential) ? await passwords.hash(scope, password) : null
    return { account: account.id, email, credential, fresh }
  }

  /** The session begins in the commit that sees the credential still in its place. */
  async function begin(app: App, { account: id, email, credential, fresh }: Opened, browser: Browser | null, view: View) {
    const [record] = await view.read(accountKey(id))
    const account = asAccount(record)
    if (!account || !holds(account, app.id, email) || account.password !== credential) return { outcome: { kind: 'changed' as const } }
    const now = env.now()
    const macs = browser ? secrets.macs('browser', `${id}/${browser.token}`) : []
    const session = newSession(account, browser && { ...browser, mac: macs[0]! }, view.epoch(), now)
    const next = withSession({ ...account, password: fresh ?? credential }, session, now)
    const known = browser ? withBrowser(next.account, macs, now) : next.account
    const isNew = browser !== null && !knowsBrowser(account, macs) && mayTellSignIn(account, now)
    const told = isNew ? letters.signedIn(app, known, { browser: browser.name, system: browser.system }, view) : null
    return {
      outcome: { kind: 'begun', session, account },
      puts: [sessionPut(session), accountPut(told?.account ?? known), ...(told?.puts ?? [])],
      deletes: next.over.map(sessionKey),
    } satisfies Decision<SignedIn>
  }

  const newSession = (
    { id: account, app, round }: Account,
    browser: { mac: string; name: string | null; system: string | null } | null,
    epoch: number,
    now: number,
  ): Session => ({
    v: 1,
    id: newHandle(env, 'ses', partitionOfHandle(account)!),
    app,
    account,
    epoch,
    round,
    createdAt: now,
    expiresAt: now + (browser ? Math.min(BROWSER_MS, policy.refreshTtlMs) : policy.refreshTtlMs),
    generation: 0,
    nonce: env.id(),
    pepper: secrets.pepperIds[0]!,
    rotations: [],
    usedAt: now,
    endedAt: null,
    ...(browser ? { browser: { mac: browser.mac, name: browser.name, system: browser.system } } : {}),
  })

  async function attempt(
    app: App,
    email: string,
    partition: Partition,
    password: string,
    browser: Browser | null,
  ): Promise<SignedIn | Refused> {
    const opened = await judge(app, email, password, await find(app, email, partition))
    if (opened === null) return { kind: 'invalid_credentials' }
    if (opened === 'pending') return { kind: 'email_not_verified' }
    const home = partitionOfHandle(opened.account)!
    return room.inTurn(accountKey(opened.account), () => room.transact<SignedIn>(home, (view) => begin(app, opened, browser, view)))
  }

  async function signIn(id: string | null, text: string, password: string, browser: Browser | null): Promise<Begun | Refused> {
    const app = await apps.forAccounts(id)
    if (!app) return { kind: 'app_unknown' }
    const email = readEmail(text, domainToASCII)
    const fields = [...(email ? [] : [EMAIL_WRONG]), ...(password.isWellFormed() ? [] : [PASSWORD_WRONG])]
    if (!email || fields.length > 0) return { kind: 'invalid', fields }
    const place = room.homeOf(email.untagged)
    const began = clock()
    // Another sign-in may have renewed the credential meanwhile, so that the same password is right once more.
    const first = await attempt(app, email.canonical, place, password, browser)
    const last = first.kind === 'changed' ? await attempt(app, email.canonical, place, password, browser) : first
    await passwords.pace(app.foreign ?? [], password, began)
    return last.kind === 'changed' ? { kind: 'invalid_credentials' } : last
  }

  return {
    async login({ app, email, password }) {
      const outcome = await signIn(app, email, password, null)
      if (outcome.kind !== 'begun') return outcome
      return grant(outcome.session, outcome.account, writeRefreshToken(secrets, outcome.session))
    },
    async signIn({ app, email, password, browser }) {
      const outcome = await signIn(app, email, password, browser)
      if (outcome.kind !== 'begun') return outcome
      const { session, account } = outcome
      return { kind: 'signed_in', session: showSession(session, account), cookie: writeCookie(secrets, session) }
    },
  }
}
