import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import { readEmail } from '../rules/email.ts'
import { CHECK_ANSWER_MS, type CheckAnswer, check, type Identity, sweepAtOf } from '../rules/identity.ts'
import { type Limit, missBudget } from '../rules/limits.ts'
import { partitionOf, readNumber } from '../rules/number.ts'
import type { App } from './apps.ts'
import { createBudgets } from './budgets.ts'
import { findIdentity, numberKeys, partitionOfId } from './identities.ts'
import { partitionOfApp } from './partitions.ts'
import { earlierOf, isSameBody, type Repeat, repeatOf } from './repeats.ts'
import type { Limits, Room } from './room.ts'
import { sameText } from './secrets.ts'
import type { Decision, View } from './store/transact.ts'

const BOUND_MS = 1000
/** Answers that one number keeps for repeats. */
const ANSWERS = 20

type Authentication = Pick<Client<typeof persistence>, 'checkIdentity' | 'keepReceipt'>
type Checked = Awaited<ReturnType<Authentication['checkIdentity']>>
type Judged = { miss: boolean; outcome: Checked }
type Guess = { app: App; number: string; email: string | null; token: string | null; repeat: Repeat | null }

/** Controlador de autenticación (seed 001). */
export function createAuthentication(room: Room): Authentication {
  const { env, store, secrets, policy, apps } = room
  const budgets = createBudgets(env, store)

  const judge = (guess: Guess): Promise<Judged> => {
    const places = numberKeys(secrets, guess.app.id, guess.number)
    return room.inTurn(places[0]!, () => room.transact(partitionOf(guess.number), (view) => plan(guess, places, view)))
  }

  async function plan({ app, email, token, repeat }: Guess, places: string[], { read, epoch }: View): Promise<Decision<Judged>> {
    const now = env.now()
    const records = await read(...places)
    const found = records.findIndex((record) => record !== null)
    const place = places[found]
    const identity = place ? (records[found]!.value as Identity) : null
    const unknown: Decision<Judged> = { outcome: { miss: true, outcome: { kind: 'unknown', allowances: [] } } }
    if (!identity || !place) return unknown

    const repeated = earlierOf(repeat, identity.answers, now)
    if (repeat && repeated && !isSameBody(repeat, repeated)) return { outcome: { miss: false, outcome: { kind: 'idempotency_conflict' } } }
    const text = openToken(identity, place)
    if (text === null) return unknown
    if (repeated) return { outcome: { miss: false, outcome: answer(identity, text, repeated, place) } }

    const tokenMatches = token === null || sameText(token, text)
    const use = policy.numberUse
    const checked = check(identity, { app: app.id, email, tokenMatches, epoch: epoch(), use, now })
    if (!checked) return unknown
    const kept: CheckAnswer = {
      key: repeat?.keys[0] ?? '',
      body: repeat?.bodies[0] ?? '',
      until: now + CHECK_ANSWER_MS,
      jti: env.id(),
      at: now,
      receipt: null,
    }
    const answers = [...identity.answers.filter(({ until }) => until > now), ...(repeat ? [kept] : [])].slice(-ANSWERS)
    const next = { ...checked, answers }
    const changed = checked !== identity || repeat !== null
    return {
      outcome: { miss: false, outcome: answer(next, text, kept, place) },
      puts: changed ? [{ key: place, value: next, sweepAt: sweepAtOf(next) }] : [],
    }
  }

  /** A repeat of an answered call is no guess. */
  async function isRepeated({ app, number, repeat }: Guess): Promise<boolean> {
    if (!repeat) return false
    const records = await store.read(partitionOf(number), numberKeys(secrets, app.id, number))
    const identities = records.map((record) => record?.value as Identity | undefined)
    return identities.some((identity) => identity && earlierOf(repeat, identity.answers, env.now()))
  }

  const answer = (identity: Identity, token: string, { jti, at, receipt }: CheckAnswer, place: string): Checked => ({
    kind: 'checked',
    app: identity.app,
    id: identity.id,
    email: identity.email,
    token,
    createdAt: identity.createdAt,
    checkedAt: at,
    jti,
    receipt: receipt === null ? null : secrets.open('receipt', place, receipt),
    allowances: [],
  })

  /** Which budgets a miss would cost: the app's, with or without the email, and the visitor's own, when the app names him. */
  async function budgetsOf(limits: Limits, app: App, guess: Guess, clientIp: string | null) {
    const spent: { limit: Limit; subject: string }[] = clientIp
      ? [{ limit: limits.clientIpMisses, subject: `${app.id}/${networkOf(clientIp)}` }]
      : []
    if (guess.email !== null) return [...spent, { limit: limits.appEmailMisses, subject: app.id }]
    const live = await liveNumbers(limits, app)
    const windows = limits.appMisses.windows.map((window) => ({ ...window, count: missBudget(live, window) }))
    return [...spent, { limit: { ...limits.appMisses, windows }, subject: app.id }]
  }

  /** The app's token, or null when its seal key is gone: such a number opens nothing, and costs like any other that does not. */
  function openToken(identity: Identity, place: string): string | null {
    try {
      return secrets.open('token', place, identity.token)
    } catch {
      return null
    }
  }

  const bounds = new Map<string, { live: number; until: number }>()

  /** An upper bound, from the counters of what the app has registered within a number's life; a second old at most. */
  async function liveNumbers(limits: Limits, app: App): Promise<number> {
    const known = bounds.get(app.id)
    if (known && env.now() < known.until) return known.live
    const { spanMs } = limits.appSends.windows.reduce((longest, window) => (window.spanMs > longest.spanMs ? window : longest))
    const newest = Math.floor(env.now() / spanMs)
    const oldest = Math.floor((env.now() - policy.numberTtlMs) / spanMs)
    const keys = Array.from({ length: newest - oldest + 1 }, (_, i) => `count/${limits.appSends.name}/${app.id}/${spanMs}/${oldest + i}`)
    const records = await store.read(partitionOfApp(app.id), keys)
    const live = records.reduce((sum, record) => sum + Number(record?.value ?? 0), 0)
    bounds.set(app.id, { live, until: env.now() + BOUND_MS })
    return live
  }

  return {
    async checkIdentity({ apiKey, number: text, email: emailText, token, clientIp, idempotencyKey }) {
      const app = await apps.authenticate(apiKey)
      if (!app) return { kind: 'api_key_invalid' }
      const email = emailText === null ? null : readEmail(emailText, domainToASCII)
      const fields = []
      if (emailText !== null && !email) fields.push({ field: 'email', code: 'email_invalid', hint: 'Exactly one plain address, or none' })
      if (clientIp !== null && isIP(clientIp) === 0) fields.push({ field: 'clientIp', code: 'ip_invalid', hint: 'An IPv4 or IPv6 address' })
      if (token !== null && !token.isWellFormed())
        fields.push({ field: 'token', code: 'token_invalid', hint: 'Lone surrogates are not text' })
      if (fields.length > 0) return { kind: 'invalid', fields }
      const number = readNumber(text)
      if (number === null) return { kind: 'malformed' }
      const guess: Guess = {
        app,
        number,
        email: email?.canonical ?? null,
        token,
        repeat: repeatOf(secrets, idempotencyKey, [number, email?.canonical, token, clientIp]),
      }
      if (!policy.limits || (await isRepeated(guess))) return (await judge(guess)).outcome
      const spending = await budgetsOf(policy.limits, app, guess, clientIp)
      const result = await budgets.guess(partitionOfApp(app.id), spending, () => judge(guess))
      const { allowances } = result
      if (result.kind === 'judged') return 'allowances' in result.outcome ? { ...result.outcome, allowances } : result.outcome
      const kind = result.limit === policy.limits.appMisses.name ? 'email_required' : 'limited'
      return { kind, waitMs: result.waitMs, allowances }
    },

    async keepReceipt({ id, jti, receipt }) {
      const partition = partitionOfId(id)!
      return room.transact<{ receipt: string }>(partition, async (view) => {
        const found = await findIdentity(room, id, null, view)
        const kept = found?.identity.answers.find((entry) => entry.jti === jti)
        if (!found || !kept) return { outcome: { receipt } }
        if (kept.receipt !== null) return { outcome: { receipt: secrets.open('receipt', found.number, kept.receipt) } }
        const sealed = secrets.seal('receipt', found.number, receipt)
        const answers = found.identity.answers.map((entry) => (entry === kept ? { ...kept, receipt: sealed } : entry))
        const next = { ...found.identity, answers }
        return { outcome: { receipt }, puts: [{ key: found.number, value: next, sweepAt: sweepAtOf(next) }] }
      })
    },
  }
}

/** What counts as one visitor: an IPv4 address, or the /64 of an IPv6 one. */
export function networkOf(ip: string): string {
  if (isIP(ip) === 4) return ip
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  if (mapped) return mapped[1]!
  const [head = '', tail] = ip.replace(/%.*$/, '').toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = tail === undefined ? left : [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
