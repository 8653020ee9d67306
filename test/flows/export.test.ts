import assert from 'node:assert/strict'
import { accountKey } from '../../src/persistence/mailboxes.ts'
import type { Account, Mailbox } from '../../src/rules/account.ts'
import { type Dumped, plant, recorded } from '../support/dump.ts'
import { otherThan, PASSWORD, people } from '../support/people.ts'
import { test } from '../support/places.ts'
import { type Answer, MINUTE, type World, world } from '../support/world.ts'

const EMAIL = 'ana@example.com'
const NEW = 'ana@example.org'
const NO_LIMITS = { SELLO_LIMITS: 'off' }
const told = ({ status, body }: Answer) => `${status} ${String(body.code ?? '')}`.trim()
type Document = Record<string, unknown> & { letters: Record<string, unknown>[]; identities: Record<string, unknown>[] }

const MAC = 'a MAC: it only proves a secret that somebody has'
const INNER = 'how Sello keeps it, nothing of the person'
const ELSEWHERE = 'stands where it leads to'

/** By the path of what is stored: where the export tells it. */
const TOLD: Record<string, string> = {
  'account.id': 'account.id',
  'account.app': 'app.id',
  'account.email': 'account.email',
  'account.locale': 'account.locale',
  'account.createdAt': 'account.createdAt',
  'account.verifiedAt': 'account.verifiedAt',
  'account.round': 'account.timesAllSessionsEnded',
  'account.sessions[].id': 'sessions[].id',
  'account.sessions[].expiresAt': 'sessions[].expiresAt',
  'account.resets[].createdAt': 'account.passwordLinks[].createdAt',
  'account.resets[].expiresAt': 'account.passwordLinks[].expiresAt',
  'account.change.email': 'account.emailChange.email',
  'account.change.createdAt': 'account.emailChange.createdAt',
  'account.change.expiresAt': 'account.emailChange.expiresAt',
  'account.undos[].of': 'account.undoLinks[].of',
  'account.undos[].email': 'account.formerEmails[]',
  'account.undos[].at': 'account.undoLinks[].at',
  'account.undos[].expiresAt': 'account.undoLinks[].expiresAt',
  'account.arrivedAt': 'account.arrivedAt',
  'account.move.phase': 'account.move.phase',
  'account.move.email': 'account.move.email',
  'account.letters[].id': 'letters[].id',
  'account.letters[].to': 'letters[].to',
  'account.letters[].at': 'letters[].createdAt',
  'account.browsers[].usedAt': 'account.browsers[].usedAt',
  'session.id': 'sessions[].id',
  'session.app': 'app.id',
  'session.account': 'account.id',
  'session.createdAt': 'sessions[].createdAt',
  'session.expiresAt': 'sessions[].expiresAt',
  'session.usedAt': 'sessions[].usedAt',
  'session.endedAt': 'sessions[].endedAt',
  'session.generation': 'sessions[].refreshes',
  'session.rotations[]': 'sessions[].refreshedAt[]',
  'session.browser.name': 'sessions[].browser.name',
  'session.browser.system': 'sessions[].browser.system',
  'mailbox.app': 'app.id',
  'mailbox.email': 'address.email',
  'mailbox.account': 'account.id',
  'mailbox.signUps[].createdAt': 'address.waitingSignUps[].createdAt',
  'mailbox.signUps[].challenges[].createdAt': 'address.waitingSignUps[].codes[].createdAt',
  'mailbox.signUps[].challenges[].expiresAt': 'address.waitingSignUps[].codes[].expiresAt',
  'mailbox.signUps[].challenges[].linkExpiresAt': 'address.waitingSignUps[].codes[].linkExpiresAt',
  'mailbox.signUps[].challenges[].usedAt': 'address.waitingSignUps[].codes[].usedAt',
  'mailbox.proven.createdAt': 'address.provenSignUp.createdAt',
  'mailbox.proven.challenges[].createdAt': 'address.provenSignUp.codes[].createdAt',
  'mailbox.proven.challenges[].expiresAt': 'address.provenSignUp.codes[].expiresAt',
  'mailbox.proven.challenges[].linkExpiresAt': 'address.provenSignUp.codes[].linkExpiresAt',
  'mailbox.proven.challenges[].usedAt': 'address.provenSignUp.codes[].usedAt',
  'mailbox.decoy': 'address.codeForNobody',
  'mailbox.resets[].createdAt': 'address.passwordLinks[].createdAt',
  'mailbox.resets[].expiresAt': 'address.passwordLinks[].expiresAt',
  'letter.id': 'letters[].id',
  'letter.kind': 'letters[].kind',
  'letter.app': 'app.id',
  'letter.to': 'letters[].to',
  'letter.requestedAt': 'letters[].createdAt',
  'letter.deadlineAt': 'letters[].expiresAt',
  'letter.events[].at': 'letters[].timeline[].at',
  'letter.events[].event': 'letters[].timeline[].event',
  'letter.events[].reply': 'letters[].timeline[].reply',
  'letter.events[].detail': 'letters[].timeline[].detail',
  'identity.id': 'identities[].id',
  'identity.app': 'app.id',
  'identity.email': 'identities[].to',
  'identity.letter': 'identities[].letter',
  'identity.createdAt': 'identities[].createdAt',
  'identity.expiresAt': 'identities[].expiresAt',
  'identity.checkedAt': 'identities[].timeline[].at',
  'identity.replacedAt': 'identities[].timeline[].at',
  'identity.revokedAt': 'identities[].timeline[].at',
  'identity.events[].at': 'identities[].timeline[].at',
  'identity.events[].event': 'identities[].timeline[].event',
  'identity.events[].reply': 'identities[].timeline[].reply',
  'identity.events[].detail': 'identities[].timeline[].detail',
  'address.sends[].at': 'address.sends',
  'address.answers[].until': 'address.repeatableAnswers',
  'address.guesses.short[]': 'address.wrongCodes.short',
  'address.guesses.shortInRow': 'address.wrongCodes.shortInRow',
  'address.guesses.long': 'address.wrongCodes.long',
}

const challenge = {
  id: ELSEWHERE,
  code: MAC,
  link: MAC,
  digits: INNER,
  attempts: 'counted in address.wrongCodes',
  maxAttempts: INNER,
  epoch: INNER,
}
const signUp = (at: string) => ({
  [`${at}.id`]: INNER,
  [`${at}.flow`]: MAC,
  [`${at}.password`]: 'a hash',
  [`${at}.locale`]: 'the account has its own; that of a waiting one is a stranger’s',
  ...Object.fromEntries(Object.entries(challenge).map(([name, why]) => [`${at}.challenges[].${name}`, why])),
})
/** By the path of what is stored: why the export leaves it out. */
const LEFT_OUT: Record<string, string> = {
  'account.v': INNER,
  'account.password': 'a hash',
  'account.resets[].id': INNER,
  'account.resets[].link': MAC,
  'account.resets[].epoch': INNER,
  'account.change.id': INNER,
  'account.change.link': MAC,
  'account.change.epoch': INNER,
  'account.undos[].link': MAC,
  'account.move.undo.link': MAC,
  'account.move.at': INNER,
  'account.ways': INNER,
  'account.letters[].key': INNER,
  'account.letters[].link': MAC,
  'address.sends[].account': ELSEWHERE,
  'account.deletedAt': 'whoever is deleted exports nothing',
  'account.browsers[].mac': MAC,
  'session.browser.mac': MAC,
  'session.v': INNER,
  'session.epoch': INNER,
  'session.round': INNER,
  'session.nonce': 'the refresh tokens are derived from it',
  'session.pepper': INNER,
  'mailbox.v': INNER,
  'mailbox.way': INNER,
  'mailbox.resets[].id': INNER,
  'mailbox.resets[].link': MAC,
  'mailbox.resets[].epoch': INNER,
  ...signUp('mailbox.signUps[]'),
  ...signUp('mailbox.proven'),
  'letter.v': INNER,
  'letter.locale': 'the letter shows its language',
  'letter.about': INNER,
  'letter.sealed': 'the code, link or number of the letter',
  'letter.attempts': INNER,
  'letter.waitsUntil': INNER,
  'identity.v': INNER,
  'identity.token': 'sealed; the text is the app’s own, and may be its secret',
  'identity.epoch': INNER,
  'identity.older': MAC,
  'identity.answers[].key': MAC,
  'identity.answers[].body': MAC,
  'identity.answers[].until': INNER,
  'identity.answers[].jti': 'of the receipt',
  'identity.answers[].at': 'identities[].timeline says when it was checked',
  'identity.answers[].receipt': 'a signed proof that is the app’s',
  'address.v': INNER,
  'address.sends[].app': 'only this app’s are told',
  'address.sends[].number': ELSEWHERE,
  'address.sends[].letter': ELSEWHERE,
  'address.sends[].link': MAC,
  'address.sends[].public': INNER,
  'address.sends[].notice': INNER,
  'address.current.*.id': ELSEWHERE,
  'address.current.*.number': MAC,
  'address.answers[].app': 'only this app’s are told',
  'address.answers[].key': MAC,
  'address.answers[].body': MAC,
  'address.answers[].number': MAC,
  'link.v': INNER,
  'link.app': ELSEWHERE,
  'link.email': ELSEWHERE,
  'mailbox.former[].id': 'another account, which is not this one’s to know of',
  'mailbox.former[].until': INNER,
  'link.of': INNER,
  'link.signUp': INNER,
  'link.challenge': ELSEWHERE,
}

/** Every leaf of a value by its path; an empty list or object is one. */
function leaves(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  if (Array.isArray(value)) return value.length === 0 ? [[path, value]] : value.flatMap((one) => leaves(one, `${path}[]`))
  const entries = Object.entries(value)
  if (entries.length === 0) return [[path, value]]
  return entries.flatMap(([name, one]) => leaves(one, `${path}.${name.startsWith('app_') ? '*' : name}`))
}
const KINDS: [string, RegExp][] = [
  ['account', /^account\/acc_\w+$/],
  ['session', /^session\/ses_\w+$/],
  ['mailbox', /^address\/[^/]+\/mailbox\/app_\w+$/],
  ['letter', /^(address\/[^/]+\/mail\/app_|account\/acc_\w+\/mail\/).+$/],
  ['address', /^address\/[^/]+$/],
  ['identity', /^number\/[0-9a-f.]+$/],
  ['link', /^link\/[0-9a-f.]+$/],
]
/** What is of no person. */
const HOUSE = /^(apps|app\/|key\/|epoch|beat|history|store|keyring|count\/|probe)/
function kindOf({ key }: Dumped): string | null {
  if (HOUSE.test(key)) return null
  return KINDS.find(([, pattern]) => pattern.test(key))?.[0] ?? assert.fail(`a record that no table here knows: ${key}`)
}

/** Ana, of whom everything is stored that can be, and what she exports. */
async function anaOf(here: World) {
  const dump = recorded(here.store)
  const ana = people(here)
  const { code, flow } = await ana.signedUp(EMAIL)
  assert.equal((await ana.verify({ email: EMAIL, code: otherThan(code), flow })).status, 400)
  assert.equal((await ana.verify({ email: EMAIL, code, flow })).status, 200)
  await here.inbox(EMAIL, 2)
  await ana.signedUp(EMAIL, 'somebody else’s password', 3)
  const first = await here.mailed(EMAIL, 'the session token of a visitor', 4)
  const registered = await here.register({ email: EMAIL, token: 'another session token' }, { 'idempotency-key': 'once' })
  const [letter] = await here.inbox(EMAIL, 5)
  const checked = await here.check({ number: here.numberOf(letter) }, { 'idempotency-key': 'again' })
  assert.equal(checked.status, 200)
  const signedIn = await ana.login({ email: EMAIL, password: PASSWORD })
  const { body: tokens } = await ana.call('POST', '/v1/token', { grant_type: 'refresh_token', refresh_token: signedIn.body.refresh_token })
  const browser = { token: 'the handle of her browser', name: 'Firefox', system: 'Linux' }
  assert.equal((await here.persistence.handlers.signIn({ app: null, email: EMAIL, password: PASSWORD, browser })).kind, 'signed_in')
  const exported = (access: unknown = tokens.access_token) =>
    ana.call('GET', '/v1/account/export', undefined, { authorization: `Bearer ${String(access)}` })
  const id = String((signedIn.body.account as { id: string }).id)
  return { ...ana, dump, first, registered, exported, id, tokens }
}

/** What changes of an account leave behind, with the letter that went to another address. */
async function plantChanges(here: World, id: string, dump: ReturnType<typeof recorded>) {
  const account = (await dump.records()).find(({ key }) => key === accountKey(id))!
  const now = here.env.now()
  const link = (n: number) => ({
    id: `let_${n}`,
    link: `link/aaaaaaaa.${String(n).padStart(24, '0')}`,
    createdAt: now,
    expiresAt: now + MINUTE,
    epoch: 1,
  })
  await people(here).signedUp(NEW)
  const row = (await dump.records()).find(({ key }) => key.startsWith(`address/${NEW}/mail/`))!
  const { id: letter, to } = row.value as { id: string; to: string }
  const changed: Account = {
    ...(account.value as Account),
    resets: [link(1)],
    change: { ...link(2), email: NEW },
    undos: [{ link: link(3).link, of: 'email_changed', email: 'ana@former.example', at: now, expiresAt: now + MINUTE }],
    move: { phase: 'reserve', email: NEW, undo: { link: link(3).link }, at: now },
    letters: [{ id: letter, key: `${account.key}/mail/${letter}`, to, at: now, link: link(5).link }],
  }
  await plant(here.store, account.partition, changed.letters[0]!.key, row.value, here.env.id())
  await plant(here.store, account.partition, account.key, changed, here.env.id())
  const mailbox = (await dump.records()).find(({ key }) => key.startsWith(`address/${EMAIL}/mailbox/`))!
  const waiting: Mailbox = {
    ...(mailbox.value as Mailbox),
    resets: [link(4)],
    former: [{ id: `acc_00${'a'.repeat(22)}`, until: now + 54_321 }],
  }
  await plant(here.store, mailbox.partition, mailbox.key, waiting, here.env.id())
}

test('the export tells everything that is stored of a person at the app, but for what is listed with its reason', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const { dump, exported, id } = await anaOf(here)
  await plantChanges(here, id, dump)
  const answer = await exported()
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const shown = new Set(leaves(answer.body, '').map(([path]) => path.slice(1)))
  const isShown = (path: string) => [...shown].some((one) => one === path || one.startsWith(`${path}.`) || one.startsWith(`${path}[]`))

  const hers = (await dump.records()).filter(({ key }) => !key.startsWith(`address/${NEW}`) || key.includes('/mail/'))
  const stored = hers.flatMap((record) => {
    const kind = kindOf(record)
    return kind === null ? [] : leaves(record.value, kind)
  })
  // An empty list holds nothing that could be told.
  const filled = stored.filter(([path, value]) => !(typeof value === 'object' && value !== null) || path in TOLD)
  const isNull = (path: string) => Object.keys({ ...TOLD, ...LEFT_OUT }).some((known) => known.startsWith(`${path}.`))
  const unknown = filled.filter(([path, value]) => !(path in TOLD) && !(path in LEFT_OUT) && !(value === null && isNull(path)))
  assert.deepEqual([...new Set(unknown.map(([path]) => path))], [], 'stored, and neither told nor listed')
  const untold = filled.filter(([path]) => path in TOLD && !isShown(TOLD[path]!))
  assert.deepEqual([...new Set(untold.map(([path]) => `${path} as ${TOLD[path]}`))], [], 'said to be told')
  const paths = new Set(stored.map(([path]) => path))
  const never = [
    'address.guesses.long',
    'address.sends[].account',
    'letter.events[].detail',
    'identity.events[].detail',
    'identity.events[].reply',
  ]
  const stale = Object.keys({ ...TOLD, ...LEFT_OUT }).filter((path) => !paths.has(path) && !never.includes(path))
  assert.deepEqual(stale, [], 'listed, and nowhere stored')

  const text = JSON.stringify(answer.body)
  const secrets = stored.filter(
    ([path, value]) => LEFT_OUT[path] && LEFT_OUT[path] !== ELSEWHERE && typeof value === 'string' && value.length > 11,
  )
  const isKnown = (value: string) => [EMAIL, NEW].includes(value) || /^(app|idn|acc)_/.test(value)
  assert.ok(secrets.length > 30)
  assert.deepEqual(
    secrets.filter(([, value]) => !isKnown(value as string) && text.includes(value as string)),
    [],
  )
  for (const word of ['session token', '$argon2', 'link/', PASSWORD]) assert.ok(!text.includes(word), word)
})

test('the export’s times are ISO 8601, its letters and identities have their stories, and other people and apps are not in it', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const { exported, first, registered, id } = await anaOf(here)
  const other = people(here)
  await other.member('bea@example.com')
  const added = await here.persistence.admin.addApp({ name: 'shop' })
  assert.ok(added.kind === 'done')
  const theirs = await here.register({ email: EMAIL, token: 'of the shop' }, { authorization: `Bearer ${added.apiKey}` })
  const document = (await exported()).body as Document
  assert.deepEqual(Object.keys(document), ['exportedAt', 'app', 'account', 'sessions', 'letters', 'identities', 'address'])
  const times = leaves(document, '').filter(([path, at]) => /(At|\.at)(\[\])?$/.test(path) && !Array.isArray(at))
  assert.ok(times.length > 20)
  for (const [path, at] of times)
    assert.ok(at === null || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(at)), `${path}: ${String(at)}`)
  const { letters, identities } = document
  assert.deepEqual(
    letters.map(({ kind }) => kind),
    // At one instant of this clock, those about the account come first.
    ['signed_in', 'code', 'welcome', 'registered'],
  )
  assert.ok(letters.every(({ to }) => to === EMAIL))
  assert.deepEqual(
    identities.map((one) => [one.id, one.status]),
    [
      [first.id, 'replaced'],
      [registered.body.id, 'checked'],
    ],
  )
  const text = JSON.stringify(document)
  for (const word of ['bea@example.com', String(theirs.body.id), added.app.id]) assert.ok(!text.includes(word), word)
  assert.equal((document.account as { id: string }).id, id)
})

test('who signed in long ago, or is out, exports nothing', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const { exported, call, login, tokens } = await anaOf(here)
  await here.env.leap(15 * MINUTE + 1000)
  assert.equal(told(await exported()), '401 reauthentication_required')
  const { body } = await call('POST', '/v1/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  assert.equal(told(await exported(body.access_token)), '401 reauthentication_required', 'a fresh token of an old sign-in')
  const again = await login({ email: EMAIL, password: PASSWORD })
  assert.equal(told(await exported(again.body.access_token)), '200')
  await call('POST', '/v1/logout', { refresh_token: again.body.refresh_token })
  assert.equal(told(await exported(again.body.access_token)), '401 token_invalid')
})
