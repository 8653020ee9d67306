import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import { readEmail } from '../rules/email.ts'
import {
  type Address,
  type Identity,
  newAddress,
  REGISTER_ANSWER_MS,
  replace,
  revoke,
  sweepAtOf,
  waitToSend,
  withSend,
} from '../rules/identity.ts'
import { makeNumber } from '../rules/number.ts'
import { isInFlight, LEASE_MS, type Waiting } from '../rules/outbox.ts'
import type { App } from './apps.ts'
import { createBudgets } from './budgets.ts'
import {
  addressKey,
  findIdentity,
  identityKey,
  mailKey,
  mailRow,
  nextKey,
  numberKeys,
  outgoing,
  partitionOfId,
  show,
} from './identities.ts'
import { partitionOfApp } from './partitions.ts'
import type { Room } from './room.ts'
import type { Stored } from './store/store.ts'
import type { Decision, View } from './store/transact.ts'

/** "hasta tener un número único": so often a number is drawn before it is given up. */
const DRAWS = 32
const HISTORY = 50

type Registration = Pick<Client<typeof persistence>, 'registerIdentity' | 'showIdentity' | 'revokeIdentity'>
type Registered = Awaited<ReturnType<Registration['registerIdentity']>>
type Answer = Extract<Registered, { kind: 'registered' }>
type Wish = {
  app: App
  email: string
  untagged: string
  token: string
  locale: 'es' | 'ru' | 'en'
  key: string | null
  body: string
  sendNow: boolean
}

/** Controlador de registro (seeds 000, 001). */
export function createRegistration(room: Room): Registration {
  const { env, store, secrets, policy, apps } = room
  const budgets = createBudgets(env, store)
  const limits = policy.limits
  const sendLimits = limits && {
    perApp: limits.addressSends,
    inAll: limits.addressTotal,
    untagged: limits.untaggedSends,
    keep: Math.max(HISTORY, ...[...limits.addressTotal, ...limits.addressSends, ...limits.untaggedSends].map(({ count }) => count)),
  }

  async function register(wish: Wish, allowances: Answer['allowances']): Promise<Registered> {
    const partition = room.homeOf(wish.untagged)
    return room.inTurn(`address/${wish.untagged}`, () => room.transact(partition, (view) => plan(wish, partition, allowances, view)))
  }

  async function plan(wish: Wish, partition: string, allowances: Answer['allowances'], view: View): Promise<Decision<Registered>> {
    const { app, email, untagged, token, locale, key, body, sendNow } = wish
    const now = env.now()
    const mail = mailKey(email, app.id)
    const tagged = untagged !== email
    const first = draw(app.id, partition)
    const [addressRecord, mailRecord, untaggedRecord, ...taken] = await view.read(
      addressKey(email),
      mail,
      addressKey(tagged ? untagged : email),
      ...first.keys,
    )
    const address = (addressRecord?.value as Address | undefined) ?? newAddress()
    const base = tagged ? ((untaggedRecord?.value as Address | undefined) ?? newAddress()) : null

    const repeated = key && address.answers.find((entry) => entry.app === app.id && entry.key === key && entry.until > now)
    if (repeated) {
      if (repeated.body !== body) return { outcome: { kind: 'idempotency_conflict' as const } }
      const [earlier] = await view.read(repeated.number)
      if (earlier) return { outcome: answer(earlier.value as Identity, null, allowances) }
    }
    const waitMs = waitToSend(address, base ?? address, app.id, sendLimits, now)
    if (waitMs > 0) return { outcome: { kind: 'limited' as const, waitMs, allowances } }

    const drawn = isFree(taken) ? first : await drawAgain(app.id, partition, view)
    if (!drawn) return { outcome: { kind: 'numbers_exhausted' as const } }
    const older = address.current[app.id]
    const [olderRecord] = older ? await view.read(older.number) : []
    const replaced = olderRecord ? replace(olderRecord.value as Identity, now) : null

    const numberKey = drawn.keys[0]!
    const identity = newIdentity(partition, app.id, email, token, numberKey, view.epoch, now)
    const letter: Waiting = {
      v: 1,
      id: identity.letter,
      app: app.id,
      to: email,
      locale,
      number: numberKey,
      sealed: secrets.seal('letter', identity.letter, drawn.number),
      requestedAt: now,
      deadlineAt: identity.expiresAt,
      attempts: 0,
      waitsUntil: sendNow ? null : now,
    }
    const sweepAt = sweepAtOf(identity)
    const inFlight = isInFlight(mailRecord as (Stored & { value: Waiting }) | null, now)
    const dueAt = sendNow ? now + LEASE_MS : now
    const next = withSend(address, identity, numberKey, sendLimits?.keep ?? HISTORY, now)
    if (key) next.answers.push({ app: app.id, key, body, number: numberKey, until: now + REGISTER_ANSWER_MS })
    const puts = [
      { key: addressKey(email), value: next, sweepAt },
      { key: numberKey, value: identity, sweepAt },
      { key: identityKey(identity.id), value: { v: 1, number: numberKey }, sweepAt },
      inFlight ? { key: nextKey(mail), value: letter, sweepAt } : mailRow(mail, letter, dueAt),
    ]
    if (base) puts.push({ key: addressKey(untagged), value: withTaggedSend(base, app.id, numberKey, now), sweepAt })
    if (older && replaced) puts.push({ key: older.number, value: replaced, sweepAt: sweepAtOf(replaced) })
    const lease = { partition, key: mail, version: view.version, until: dueAt }
    const send = sendNow && !inFlight ? { letter: outgoing(letter, drawn.number, app), lease } : null
    return { outcome: answer(identity, send, allowances), puts }
  }

  /** A repeat of an answered call costs nothing. */
  async function isRepeated({ app, email, untagged, key }: Wish): Promise<boolean> {
    if (!key) return false
    const [record] = await store.read(room.homeOf(untagged), [addressKey(email)])
    const answers = (record?.value as Address | undefined)?.answers ?? []
    return answers.some((entry) => entry.app === app.id && entry.key === key && entry.until > env.now())
  }

  const draw = (app: string, partition: string) => {
    const number = makeNumber(partition, env.digits(9))
    return { number, keys: numberKeys(secrets, app, number) }
  }
  const isFree = (records: (Stored | null)[]) => records.every((record) => record === null)

  /** The other draws, looked up in one turn. A number stays taken until its story is swept, so nobody inherits one from an old letter. */
  async function drawAgain(app: string, partition: string, view: View) {
    const draws = Array.from({ length: DRAWS - 1 }, () => draw(app, partition))
    const width = draws[0]!.keys.length
    const taken = await view.read(...draws.flatMap(({ keys }) => keys))
    return draws.find((_, i) => isFree(taken.slice(i * width, (i + 1) * width))) ?? null
  }

  const newIdentity = (
    partition: string,
    app: string,
    email: string,
    token: string,
    place: string,
    epoch: number,
    now: number,
  ): Identity => ({
    v: 1,
    id: `idn_${partition}${env.id()}`,
    app,
    email,
    token: secrets.seal('token', place, token),
    epoch,
    letter: `let_${partition}${env.id()}`,
    createdAt: now,
    expiresAt: now + policy.numberTtlMs,
    checkedAt: null,
    replacedAt: null,
    revokedAt: null,
    events: [{ at: now, event: 'queued' }],
    answers: [],
  })

  const withTaggedSend = (base: Address, app: string, number: string, now: number): Address => ({
    ...base,
    sends: [...base.sends, { at: now, app, number }].slice(-(sendLimits?.keep ?? HISTORY)),
  })

  const answer = (identity: Identity, send: Answer['send'], allowances: Answer['allowances']): Answer => ({
    kind: 'registered',
    id: identity.id,
    email: identity.email,
    createdAt: identity.createdAt,
    expiresAt: identity.expiresAt,
    allowances,
    send,
  })

  return {
    async registerIdentity({ apiKey, email: text, token, locale, idempotencyKey, sendNow }) {
      const app = await apps.authenticate(apiKey)
      if (!app) return { kind: 'api_key_invalid' }
      const fields = []
      const email = readEmail(text, domainToASCII)
      if (!email) fields.push({ field: 'email', code: 'email_invalid', hint: 'Exactly one plain address, like ana@example.com' })
      if (!token.isWellFormed()) fields.push({ field: 'token', code: 'token_invalid', hint: 'Lone surrogates are not text' })
      if (token.length > 4096 && [...token].length > 4096)
        fields.push({ field: 'token', code: 'too_long', hint: 'At most 4096 code points' })
      if (!email || fields.length > 0) return { kind: 'invalid', fields }
      const wish: Wish = {
        app,
        email: email.canonical,
        untagged: email.untagged,
        token,
        locale,
        key: idempotencyKey === null ? null : secrets.mac('idempotency-key', idempotencyKey),
        body: idempotencyKey === null ? '' : secrets.mac('idempotency-body', JSON.stringify([email.canonical, token, locale])),
        sendNow,
      }
      if (!limits || (await isRepeated(wish))) return register(wish, [])
      const spent = await budgets.spend(partitionOfApp(app.id), limits.appSends, app.id)
      if (!spent.admitted) return { kind: 'limited', waitMs: spent.waitMs, allowances: [spent.allowance] }
      return register(wish, [spent.allowance])
    },

    async showIdentity({ apiKey, id }) {
      const app = await apps.authenticate(apiKey)
      if (!app) return { kind: 'api_key_invalid' }
      const found = await findIdentity(room, id, app.id)
      return found ? { kind: 'found', identity: show(found, env.now()) } : { kind: 'unknown' }
    },

    async revokeIdentity({ apiKey, id }) {
      const app = await apps.authenticate(apiKey)
      if (!app) return { kind: 'api_key_invalid' }
      const partition = partitionOfId(id)
      if (!partition) return { kind: 'unknown' }
      return room.transact<{ kind: 'revoked' | 'unknown' }>(partition, async (view) => {
        const found = await findIdentity(room, id, app.id, view)
        if (!found) return { outcome: { kind: 'unknown' } }
        const revoked = revoke(found.identity, env.now())
        const puts = revoked ? [{ key: found.number, value: revoked, sweepAt: sweepAtOf(revoked) }] : []
        return { outcome: { kind: 'revoked' }, puts }
      })
    },
  }
}
