import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import { type Chosen, choose, type Mailbox, pendingOf, type SignUp } from '../rules/account.ts'
import { type Challenge, isLinkLive, judgeCode, noGuesses, use } from '../rules/challenge.ts'
import { type Email, readEmail } from '../rules/email.ts'
import { type Address, newAddress, refusingBudget } from '../rules/identity.ts'
import { judgePassword } from '../rules/password.ts'
import type { App } from './apps.ts'
import { createBirth } from './birth.ts'
import { addressKey } from './identities.ts'
import {
  accountKey,
  addressPut,
  asAccount,
  asMailbox,
  EMAIL_WRONG,
  followLink,
  type LinkPointer,
  mailboxKey,
  mailboxPut,
  PASSWORD_WRONG,
  partitionOfHandle,
} from './mailboxes.ts'
import { guessLimitsOf, type Room, sendLimitsOf } from './room.ts'
import type { Partition } from './store/store.ts'
import type { Decision, View } from './store/transact.ts'

type Accounts = Pick<Client<typeof persistence>, 'verifyEmail' | 'confirmEmail'>
type Judged = Awaited<ReturnType<Accounts['verifyEmail']>>
type Confirmed = Awaited<ReturnType<Accounts['confirmEmail']>>
type SignUpPointer = Extract<LinkPointer, { of: 'sign-up' }>
type Place = Email & { app: App; partition: Partition }
/** Who says that a sign-up is his: by its flow, or by a password that was found to be its. */
type Claim = { flows: readonly string[]; passwords: readonly string[] }

/** The mailbox is proven: the module of confirmation (seed 003), POST /verify-email (seed 004). */
export function createVerification(room: Room): Accounts {
  const { env, store, secrets, policy, apps, passwords } = room
  const sendLimits = policy.limits && sendLimitsOf(policy.limits)
  const { welcome } = createBirth(room)
  const guessLimits = guessLimitsOf(policy)
  const isHis =
    ({ flows, passwords }: Claim) =>
    (signUp: SignUp) =>
      flows.includes(signUp.flow) || passwords.includes(signUp.password)
  const scopeOf = (app: string, email: string) => `${app}/${email}`

  /** Which of these credentials the password opens, if one came. */
  async function claimOf(app: string, email: string, flow: string | null, password: string | null, credentials: string[]): Promise<Claim> {
    const opened = password === null ? [] : await passwords.match(scopeOf(app, email), password, credentials)
    return { flows: flow === null ? [] : secrets.macs('flow', flow), passwords: opened.map((i) => credentials[i]!) }
  }

  async function verify(
    place: Place,
    code: string,
    claim: Claim | null,
    asked: { sendNow: boolean; browser: string | null },
    view: View,
  ): Promise<Decision<Judged>> {
    const { app, canonical, untagged } = place
    const [addressRecord, mailboxRecord, baseRecord] = await view.read(
      addressKey(canonical),
      mailboxKey(canonical, app.id),
      ...(untagged === canonical ? [] : [addressKey(untagged)]),
    )
    const now = env.now()
    const mailbox = asMailbox(mailboxRecord)
    const address = (addressRecord?.value as Address | undefined) ?? newAddress()
    const chosen = choose(mailbox, claim && isHis(claim), view.epoch(), now)
    if (chosen.kind !== 'chosen') return { outcome: { kind: chosen.kind } }
    const { challenge } = chosen
    const isRight = challenge.code !== null && secrets.macs('code', `${challenge.id}/${code}`).includes(challenge.code)
    const step = judgeCode(challenge, isRight, address.guesses ?? noGuesses(), guessLimits, { epoch: view.epoch(), now })
    const next: Address = step.guesses ? { ...address, guesses: step.guesses } : address
    const counted = step.guesses ? [addressPut(canonical, next, policy, now)] : []
    if (step.outcome.kind === 'right') return welcome(place, mailbox!, chosen.signUp!, step.challenge!, next, asked, view)
    if (step.outcome.kind === 'locked') {
      const base = untagged === canonical ? null : ((baseRecord?.value as Address | undefined) ?? newAddress())
      return { outcome: { kind: 'locked', waitMs: refusingBudget(address, base, null, sendLimits, now)?.resetMs ?? 0 } }
    }
    if (!step.challenge) return { outcome: { kind: 'expired' } }
    return { outcome: wrong(chosen, step.outcome), puts: [...counted, mailboxPut(withJudged(mailbox!, chosen.signUp, step.challenge))] }
  }

  /** The newest letter is somebody else's: most likely that one's code was typed, and what is missing is its sign-up's password. */
  const wrong = ({ older }: Extract<Chosen, { kind: 'chosen' }>, outcome: { kind: string; attemptsLeft?: number }): Judged =>
    older ? { kind: 'password_required' } : { kind: 'wrong', attemptsLeft: outcome.attemptsLeft! }

  const withJudged = (mailbox: Mailbox, signUp: SignUp | null, challenge: Challenge): Mailbox => {
    if (signUp === null) return { ...mailbox, decoy: challenge }
    const challenges = [challenge, ...signUp.challenges.slice(1)]
    return { ...mailbox, signUps: mailbox.signUps.map((one) => (one.id === signUp.id ? { ...one, challenges } : one)) }
  }

  /** A link's token, followed to its mailbox; null when it leads nowhere, or to another app's. */
  async function follow(app: App, token: string): Promise<{ pointer: SignUpPointer; key: string; place: Place } | null> {
    const found = await followLink(room, app.id, token)
    if (found?.pointer.of !== 'sign-up') return null
    const email = readEmail(found.pointer.email, domainToASCII)!
    return { pointer: found.pointer, key: found.key, place: { ...email, app, partition: found.partition } }
  }

  async function confirm(
    { pointer, key, place }: { pointer: SignUpPointer; key: string; place: Place },
    claim: Claim,
    newCredential: string | null,
    asked: { sendNow: boolean; browser: string | null },
    view: View,
  ): Promise<Decision<Confirmed>> {
    const { app, canonical } = place
    const [addressRecord, mailboxRecord] = await view.read(addressKey(canonical), mailboxKey(canonical, app.id))
    const mailbox = asMailbox(mailboxRecord)
    if (!mailbox) return { outcome: { kind: 'link_invalid' } }
    const now = env.now()
    const signUp = pendingOf(mailbox, now).find(({ id }) => id === pointer.signUp)
    const challenge = signUp?.challenges.find(({ id, link }) => id === pointer.challenge && link === key)
    if (!signUp || !challenge || !isLinkLive(challenge, view.epoch(), now)) return { outcome: again(mailbox, pointer, claim) }
    if (newCredential === null && !isHis(claim)(signUp)) return { outcome: { kind: 'password_required' } }
    const address = (addressRecord?.value as Address | undefined) ?? newAddress()
    // Whoever sets a password of his own takes the address over: the flow is somebody else's.
    const taker = newCredential === null ? signUp : { ...signUp, flow: '', password: newCredential }
    return welcome(place, mailbox, taker, use(challenge, now), address, asked, view)
  }

  /** A second visit by whoever signed up finds the mailbox verified, and changes nothing. */
  function again({ proven, account, app, email }: Mailbox, pointer: SignUpPointer, claim: Claim): Confirmed {
    const isProven = proven?.id === pointer.signUp && account !== null
    const isHim = proven !== null && (claim.flows.includes(proven.flow) || claim.passwords.length > 0)
    return isProven && isHim ? { kind: 'verified', app, email, account, send: null } : { kind: 'link_invalid' }
  }

  /** What a password may be: the sign-up's, or, once it was proven, the account's. */
  async function credentialsOf({
    pointer,
    place: { app, canonical, partition },
  }: {
    pointer: SignUpPointer
    place: Place
  }): Promise<string[]> {
    const [record] = await store.read(partition, [mailboxKey(canonical, app.id)])
    const mailbox = asMailbox(record)
    const signUp = mailbox?.signUps.find(({ id }) => id === pointer.signUp)
    if (signUp) return [signUp.password]
    const home = mailbox?.account && partitionOfHandle(mailbox.account)
    const [account] = home ? await store.read(home, [accountKey(mailbox.account!)]) : []
    const password = asAccount(account)?.password
    return password ? [password] : []
  }

  const write = <O>({ untagged, partition }: Place, plan: (view: View) => Promise<Decision<O>>) =>
    room.inTurn(`address/${untagged}`, () => room.transact(partition, plan))

  return {
    async verifyEmail({ app: id, email: text, code, flow, password, browser = null, sendNow }) {
      const app = await apps.forAccounts(id)
      if (!app) return { kind: 'app_unknown' }
      const email = readEmail(text, domainToASCII)
      const fields = [...(email ? [] : [EMAIL_WRONG]), ...((password?.isWellFormed() ?? true) ? [] : [PASSWORD_WRONG])]
      if (!email || fields.length > 0) return { kind: 'invalid', fields }
      const place: Place = { ...email, app, partition: room.homeOf(email.untagged) }
      const [record] = password === null ? [] : await store.read(place.partition, [mailboxKey(email.canonical, app.id)])
      const credentials = asMailbox(record)?.signUps.map((signUp) => signUp.password) ?? []
      const claim = flow === null && password === null ? null : await claimOf(app.id, email.canonical, flow, password, credentials)
      return write(place, (view) => verify(place, code, claim, { sendNow, browser }, view))
    },

    async confirmEmail({ app: id, token, flow, password, newPassword, browser = null, sendNow }) {
      const app = await apps.forAccounts(id)
      if (!app) return { kind: 'app_unknown' }
      const link = await follow(app, token)
      if (!link) return { kind: 'link_invalid' }
      const { canonical } = link.place
      const rule = { min: policy.passwordMin, email: canonical, app: app.displayName }
      const reason = newPassword === null ? null : judgePassword(newPassword, rule)
      if (reason) return { kind: 'password_rejected', reason }
      const claim = await claimOf(app.id, canonical, flow, password, password === null ? [] : await credentialsOf(link))
      const credential = newPassword === null ? null : await passwords.hash(scopeOf(app.id, canonical), newPassword)
      return write(link.place, (view) => confirm(link, claim, credential, { sendNow, browser }, view))
    },
  }
}
