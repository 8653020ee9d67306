import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import { aloneIn, type Mailbox, pendingOf, type SignUp, withChallenge, withContest, withSignUp } from '../rules/account.ts'
import { type Challenge, digitsFor, noGuesses } from '../rules/challenge.ts'
import { readEmail } from '../rules/email.ts'
import { judgePassword } from '../rules/password.ts'
import { createAsked, type Found, limited, type Where } from './asked.ts'
import { addressKey } from './identities.ts'
import { type CodeSecret, mailStory, type NewLetter, nextKey, olderRow, queueLetter, storyKey } from './letters.ts'
import {
  accountKey,
  asAccount,
  asMailbox,
  EMAIL_WRONG,
  linkKey,
  mailboxKey,
  mailboxPut,
  newHandle,
  PASSWORD_WRONG,
  partitionOfHandle,
} from './mailboxes.ts'
import { guessLimitsOf, type Room } from './room.ts'
import type { Partition, Put, Stored } from './store/store.ts'
import type { Decision, View } from './store/transact.ts'

type Accounts = Pick<Client<typeof persistence>, 'registerAccount' | 'resendCode'>
type Registered = Awaited<ReturnType<Accounts['registerAccount']>>
type Resent = Awaited<ReturnType<Accounts['resendCode']>>
type Locale = SignUp['locale']
type Place = Where & { partition: Partition }
type Made = { challenge: Challenge; secret: CodeSecret; linkPut: Put[] }

/** Accounts begin: the module of accounts and that of their confirmation (seed 003), POST /register and /resend (seed 004). */
export function createSignUp(room: Room): Accounts {
  const { env, store, secrets, policy, apps, passwords } = room
  const { keysOf, found, counted } = createAsked(room)
  const guessLimits = guessLimitsOf(policy)

  /** A code and a link, or, where nothing shall open, a challenge that looks like one. */
  function newChallenge(place: Place, { address }: Found, signUp: string | null, replaces: number | null, epoch: number): Made {
    const now = env.now()
    const id = `let_${place.partition}${env.id()}`
    const digits = digitsFor(address.guesses ?? noGuesses(), guessLimits, policy.codeDigits, policy.codeAttempts, now)
    const code = digits === null ? null : env.digits(digits)
    const token = `${place.partition}${env.id()}`
    const [expiresAt, linkExpiresAt] = [now + policy.codeTtlMs, now + policy.linkTtlMs]
    const key = linkKey(secrets.places('link', token)[0]!)
    const pointer = { v: 1, of: 'sign-up', app: place.app.id, email: place.canonical, signUp, challenge: id }
    const challenge: Challenge = {
      id,
      code: signUp === null || code === null ? null : secrets.mac('code', `${id}/${code}`),
      link: signUp === null ? null : key,
      digits: digits ?? policy.codeDigits,
      attempts: digits === null ? policy.codeAttempts : 0,
      maxAttempts: policy.codeAttempts,
      createdAt: now,
      expiresAt,
      linkExpiresAt,
      usedAt: null,
      epoch,
    }
    const linkPut = signUp === null ? [] : [{ key, value: pointer, sweepAt: linkExpiresAt + DAY }]
    return { challenge, secret: { code, token, expiresAt, linkExpiresAt, replaces }, linkPut }
  }

  /** What every new letter to a mailbox writes: the mailbox, the letter in its place, and that the address was sent one. */
  function written(place: Place, here: Found, mailbox: Mailbox, made: Made, letter: NewLetter | null, older: Stored | null, view: View) {
    const { link } = made.challenge
    const at = { partition: place.partition, version: view.version, now: env.now() }
    const queued = letter && queueLetter(secrets, place.app, letter, older, at)
    const puts: Put[] = [
      ...counted(place, here, { ...(letter ? { number: letter.key, letter: letter.id } : {}), ...(link ? { link } : {}) }),
      mailboxPut(mailbox),
      ...(queued ? [queued.put] : []),
    ]
    // A settled letter makes room for the next; its story stays readable.
    const settled = olderRow(older)
    if (letter && settled && older?.dueAt === null) puts.push(mailStory(storyKey(letter.key, settled.id), settled))
    return { puts, send: queued?.send ?? null }
  }

  const letterOf = (place: Place, signUp: SignUp, made: Made, isTaken: boolean, sendNow: boolean): NewLetter => ({
    key: signUpMailKey(place.canonical, place.app.id, signUp.id),
    id: made.challenge.id,
    kind: isTaken ? 'registered' : 'code',
    to: place.canonical,
    locale: signUp.locale,
    about: mailboxKey(place.canonical, place.app.id),
    deadlineAt: made.secret.linkExpiresAt,
    secret: isTaken ? null : JSON.stringify(made.secret),
    sendNow,
  })

  /**
   * A taken address is treated alike, but for what its letter says and that nothing opens its challenge.
   * @param newcomer the call's own: all but its challenge
   */
  async function register(
    place: Place,
    newcomer: Omit<SignUp, 'challenges'>,
    flow: string,
    sendNow: boolean,
    view: View,
  ): Promise<Decision<Registered>> {
    const here = found(place, await view.read(...keysOf(place)))
    if (here.refusing) return { outcome: limited(here.refusing) }
    const isTaken = here.mailbox.account !== null
    const made = newChallenge(place, here, isTaken ? null : newcomer.id, null, view.epoch())
    const signUp: SignUp = { ...newcomer, challenges: [made.challenge] }
    const mailbox = withSignUp(here.mailbox, signUp, env.now())
    const { puts, send } = written(place, here, mailbox, made, letterOf(place, signUp, made, isTaken, sendNow), null, view)
    const { app, canonical } = place
    const outcome = { kind: 'registered' as const, app: app.id, email: canonical, flow, digits: policy.codeDigits, send }
    return { outcome, puts: [...puts, ...made.linkPut] }
  }

  /** @param localeFor which language its letters are in, given that of the account there */
  async function begin(place: Place, password: string, localeFor: (own?: Locale) => Locale, sendNow: boolean): Promise<Registered> {
    const { app, canonical, partition } = place
    // What is refused costs no hash.
    const here = found(place, await store.read(partition, keysOf(place)))
    if (here.refusing) return limited(here.refusing)
    // Read whether there is an account or not, so that both take as long.
    const owner = here.mailbox.account ?? newHandle(env, 'acc', partition)
    const [account] = await store.read(partitionOfHandle(owner)!, [accountKey(owner)])
    const flow = newHandle(env, 'flw', partition)
    const signUp = {
      id: env.id(),
      flow: secrets.mac('flow', flow),
      password: await passwords.hash(`${app.id}/${canonical}`, password),
      locale: localeFor(asAccount(account)?.locale),
      createdAt: env.now(),
    }
    return write(place, (view) => register(place, signUp, flow, sendNow, view))
  }

  /**
   * A register call that was refused for too many letters has met the sign-up that waits there. Its caller may take that one's letter for
   * his own, so from now on its code is not enough; unless the password says that both are the same person's.
   */
  async function contest(place: Place, password: string): Promise<void> {
    const { app, canonical, partition } = place
    const key = mailboxKey(canonical, app.id)
    const here = found(place, [null, ...(await store.read(partition, [key]))]).mailbox
    const alone = aloneIn(here, env.now())
    if (!alone && (here.decoy === null || pendingOf(here, env.now()).length > 0)) return
    if ((await passwords.match(`${app.id}/${canonical}`, password, alone ? [alone.password] : [])).length > 0) return
    await write(place, async (view) => {
      const mailbox = asMailbox((await view.read(key))[0])
      return { outcome: null, puts: mailbox ? [mailboxPut(withContest(mailbox, alone?.id ?? null))] : [] }
    })
  }

  /** For the sign-up of that flow, or the newest one. Where nobody signed up a challenge is made that nothing opens, and no letter. */
  async function resend(place: Place, flows: readonly string[], sendNow: boolean, view: View): Promise<Decision<Resent>> {
    const here = found(place, await view.read(...keysOf(place)))
    if (here.refusing) return { outcome: limited(here.refusing) }
    const now = env.now()
    const pending = pendingOf(here.mailbox, now)
    const signUp = pending.find(({ flow }) => flows.includes(flow)) ?? pending.at(-1) ?? null
    const isTaken = here.mailbox.account !== null
    const replaces = signUp?.challenges[0]?.createdAt ?? null
    const made = newChallenge(place, here, isTaken ? null : (signUp?.id ?? null), replaces, view.epoch())
    const mailbox = withChallenge(here.mailbox, signUp?.id ?? null, made.challenge, now)
    const mail = signUp && signUpMailKey(place.canonical, place.app.id, signUp.id)
    // Read whether somebody signed up or not, so that both take as long.
    const row = mail ?? signUpMailKey(place.canonical, place.app.id, made.challenge.id)
    const [older, behind] = await view.read(row, nextKey(row))
    const letter = signUp && letterOf(place, signUp, made, isTaken, sendNow)
    const { puts, send } = written(place, here, mailbox, made, letter, older ?? null, view)
    // Left by a holder that died: nobody waits behind a letter that is not in flight.
    const deletes = mail && behind && puts.some(({ key }) => key === mail) ? [nextKey(mail)] : []
    return { outcome: { kind: 'resent', app: place.app.id, email: place.canonical, send }, puts: [...puts, ...made.linkPut], deletes }
  }

  async function placeOf(id: string | null, text: string): Promise<Place | 'app_unknown' | 'invalid'> {
    const app = await apps.forAccounts(id)
    if (!app) return 'app_unknown'
    const email = readEmail(text, domainToASCII)
    return email ? { ...email, app, partition: room.homeOf(email.untagged) } : 'invalid'
  }

  const write = <O>({ untagged, partition }: Place, plan: (view: View) => Promise<Decision<O>>) =>
    room.inTurn(`address/${untagged}`, () => room.transact(partition, plan))

  return {
    async registerAccount({ app: id, email: text, password, locale, negotiated, sendNow }) {
      const place = await placeOf(id, text)
      if (place === 'app_unknown') return { kind: 'app_unknown' }
      const fields = [...(place === 'invalid' ? [EMAIL_WRONG] : []), ...(password.isWellFormed() ? [] : [PASSWORD_WRONG])]
      if (place === 'invalid' || fields.length > 0) return { kind: 'invalid', fields }
      const rule = { min: policy.passwordMin, email: place.canonical, app: place.app.displayName }
      const reason = judgePassword(password, rule)
      if (reason) return { kind: 'password_rejected', reason }
      const outcome = await begin(place, password, (own) => locale ?? own ?? negotiated, sendNow)
      if (outcome.kind === 'limited') await contest(place, password)
      return outcome
    },

    async resendCode({ app: id, email: text, flow, sendNow }) {
      const place = await placeOf(id, text)
      if (place === 'app_unknown') return { kind: 'app_unknown' }
      if (place === 'invalid') return { kind: 'invalid', fields: [EMAIL_WRONG] }
      const flows = flow === null ? [] : secrets.macs('flow', flow)
      return write(place, (view) => resend(place, flows, sendNow, view))
    },
  }
}

const DAY = 24 * 60 * 60 * 1000
/** Each sign-up's letters have a place of their own: nobody's letter keeps another's from going out. */
export const signUpMailKey = (email: string, app: string, signUp: string) => `${addressKey(email)}/mail/${app}/sign-up/${signUp}`
