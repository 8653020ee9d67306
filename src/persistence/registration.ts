import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import { readEmail } from '../rules/email.ts'
import {
  type Address,
  addressSweepAt,
  type Identity,
  newAddress,
  REGISTER_ANSWER_MS,
  refusingBudget,
  replace,
  revoke,
  sweepAtOf,
  withEvents,
  withIdentity,
  withSend,
} from '../rules/identity.ts'
import type { Allowance } from '../rules/limits.ts'
import type { Row } from '../rules/outbox.ts'
import type { App } from './apps.ts'
import { createBudgets } from './budgets.ts'
import { addressKey, findIdentity, mailKey, newIdentityId, partitionOfId, show } from './identities.ts'
import { nextKey, olderRow, queueLetter } from './letters.ts'
import { createNumbers, type Drawn, isFree } from './numbers.ts'
import { partitionOfApp } from './partitions.ts'
import { earlierOf, isSameBody, type Repeat, repeatOf } from './repeats.ts'
import { keptOf, type Room, sendLimitsOf } from './room.ts'
import type { Partition, Put, Stored } from './store/store.ts'
import { type Decision, EPOCH_KEY, type Seen, type View } from './store/transact.ts'

type Registration = Pick<Client<typeof persistence>, 'registerIdentity' | 'showIdentity' | 'revokeIdentity'>
type Registered = Awaited<ReturnType<Registration['registerIdentity']>>
type Answer = Extract<Registered, { kind: 'registered' }>
type Wish = {
  app: App
  email: string
  untagged: string
  partition: Partition
  token: string
  locale: Row['locale']
  repeat: Repeat | null
  sendNow: boolean
  /** The number that it gets, unless somebody has it. */
  first: Drawn
}

/** Controlador de registro (seeds 000, 001). */
export function createRegistration(room: Room): Registration {
  const { env, store, secrets, policy, apps } = room
  const budgets = createBudgets(env, store)
  const numbers = createNumbers(env, secrets)
  const sendLimits = policy.limits && sendLimitsOf(policy.limits)
  const kept = keptOf(policy)

  async function register(wish: Wish, seen: Seen, allowances: Answer['allowances']): Promise<Registered> {
    const plan = (view: View) => decide(wish, allowances, view)
    return room.inTurn(`address/${wish.untagged}`, (waited) => room.transact(wish.partition, plan, waited ? undefined : seen))
  }

  const keysOf = ({ email, untagged, first }: Wish) => [
    addressKey(email),
    ...first.keys,
    ...(untagged === email ? [] : [addressKey(untagged)]),
  ]

  async function decide(wish: Wish, allowances: Answer['allowances'], view: View): Promise<Decision<Registered>> {
    const { app, email, untagged, partition, repeat, first } = wish
    const now = env.now()
    const place = mailKey(email, app.id)
    const [addressRecord, ...rest] = await view.read(...keysOf(wish))
    // Letters are never without their address, so for a new one there is nothing to look for.
    const [mailRecord, behind] = addressRecord ? await view.read(place, nextKey(place)) : []
    const base = untagged === email ? null : addressOf(rest.pop())
    const address = addressOf(addressRecord)

    const mine = address.answers.filter((entry) => entry.app === app.id)
    const repeated = earlierOf(repeat, mine, now)
    if (repeat && repeated) {
      if (!isSameBody(repeat, repeated)) return { outcome: { kind: 'idempotency_conflict' } }
      const [earlier] = await view.read(repeated.number)
      if (earlier) return { outcome: answer(earlier.value as Identity, null, allowances) }
    }
    const refusing = refusingBudget(address, base, app.id, sendLimits, now)
    if (refusing) return { outcome: limitedBy(refusing) }
    const drawn = isFree(rest) ? first : await numbers.drawAgain(app.id, partition, view)
    if (!drawn) return { outcome: { kind: 'numbers_exhausted' } }

    const [numberKey] = drawn.keys as [string]
    const older = address.current[app.id]
    const identity: Identity = { ...newIdentity(wish, numberKey, view.epoch(), now), ...(older ? { older: older.number } : {}) }
    const letter = queueLetter(
      secrets,
      app,
      {
        key: place,
        id: identity.letter,
        kind: 'number',
        to: email,
        locale: wish.locale,
        about: numberKey,
        deadlineAt: identity.expiresAt,
        secret: drawn.number,
        sendNow: wish.sendNow,
      },
      mailRecord ?? null,
      { partition, version: view.version, now },
    )
    const next = withIdentity(withSend(address, { at: now, app: app.id, number: numberKey }, kept), identity, numberKey, kept, now)
    if (repeat) {
      const [key, body] = [repeat.keys[0]!, repeat.bodies[0]!]
      next.answers.push({ app: app.id, key, body, number: numberKey, until: now + REGISTER_ANSWER_MS })
    }
    const sweepAt = sweepAtOf(identity)
    const puts: Put[] = [
      { key: addressKey(email), value: next, sweepAt: addressSweepAt(next, sweepAt, kept, now) },
      { key: numberKey, value: identity, sweepAt },
      letter.put,
    ]
    if (base) {
      const tagged = withSend(base, { at: now, app: app.id, number: numberKey, tagged: true }, kept)
      puts.push({ key: addressKey(untagged), value: tagged, sweepAt: addressSweepAt(tagged, sweepAt, kept, now) })
    }
    if (older) puts.push(...(await endOlder(older.number, olderRow(mailRecord), view, now)))
    // Left by a holder that died: nobody waits behind a letter that is not in flight.
    const deletes = behind && letter.put.key === place ? [nextKey(place)] : []
    return { outcome: answer(identity, letter.send, allowances), puts, deletes }
  }

  /** "Se borran los datos antiguos": the older number dies in the same commit. Its letter's story moves to it, as the row is needed. */
  async function endOlder(key: string, row: Row | null, view: View, now: number): Promise<Put[]> {
    const [record] = await view.read(key)
    if (!record) return []
    const older = record.value as Identity
    const told = row?.id === older.letter ? row.events : []
    const ended = replace(older, now) ?? older
    return [{ key, value: { ...ended, events: withEvents(told, ...ended.events) }, sweepAt: sweepAtOf(ended) }]
  }

  const newIdentity = ({ app, email, partition, token }: Wish, place: string, epoch: number, now: number): Identity => ({
    v: 1,
    id: newIdentityId(env, partition, place),
    app: app.id,
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

  const addressOf = (record: Stored | null | undefined): Address => (record?.value as Address | undefined) ?? newAddress()
  const answer = ({ id, app, email, createdAt, expiresAt }: Identity, send: Answer['send'], allowances: Answer['allowances']): Answer => ({
    kind: 'registered',
    id,
    app,
    email,
    createdAt,
    expiresAt,
    allowances,
    send,
  })

  const limitedBy = (refusing: Allowance) => ({ kind: 'limited' as const, waitMs: refusing.resetMs, allowances: [refusing] })

  /** What the records say before anything is spent: a repeat of an answered call costs nothing, a refused one neither. */
  async function foresee(wish: Wish): Promise<{ isRepeat: boolean; refusing: Allowance | null; seen: Seen }> {
    const { app, email, untagged, partition, repeat } = wish
    const keys = [...keysOf(wish), EPOCH_KEY]
    const records = await store.read(partition, keys)
    const seen = new Map(keys.map((key, i) => [key, records[i]!]))
    const address = addressOf(seen.get(addressKey(email)))
    const base = untagged === email ? null : addressOf(seen.get(addressKey(untagged)))
    const mine = address.answers.filter((entry) => entry.app === app.id)
    const isRepeat = earlierOf(repeat, mine, env.now()) !== undefined
    return { isRepeat, refusing: refusingBudget(address, base, app.id, sendLimits, env.now()), seen }
  }

  return {
    async registerIdentity({ apiKey, email: text, token, locale, localeWish, idempotencyKey, sendNow }) {
      const app = await apps.authenticate(apiKey)
      if (!app) return { kind: 'api_key_invalid' }
      const fields = []
      const email = readEmail(text, domainToASCII)
      if (!email) fields.push({ field: 'email', code: 'email_invalid', hint: 'Exactly one plain address, like ana@example.com' })
      if (!token.isWellFormed()) fields.push({ field: 'token', code: 'token_invalid', hint: 'Lone surrogates are not text' })
      if (token.length > 4096 && [...token].length > 4096)
        fields.push({ field: 'token', code: 'too_long', hint: 'At most 4096 code points' })
      if (!email || fields.length > 0) return { kind: 'invalid', fields }
      const { canonical, untagged } = email
      const repeat = repeatOf(secrets, idempotencyKey, [canonical, token, localeWish])
      const partition = room.homeOf(untagged)
      const first = numbers.draw(app.id, partition)
      const wish: Wish = { app, email: canonical, untagged, partition, token, locale, repeat, sendNow, first }
      const { isRepeat, refusing, seen } = await foresee(wish)
      if (isRepeat || !policy.limits) return register(wish, seen, [])
      if (refusing) return limitedBy(refusing)
      const spent = await budgets.spend(partitionOfApp(app.id), policy.limits.appSends, app.id, policy.numberTtlMs)
      if (!spent.admitted) return { kind: 'limited', waitMs: spent.waitMs, allowances: [spent.allowance] }
      return register(wish, seen, [spent.allowance])
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
