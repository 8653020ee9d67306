import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { LetterView, persistence } from '../contract/persistence.ts'
import { type Account, type Link, type Mailbox, pendingOf, type SignUp } from '../rules/account.ts'
import type { Challenge } from '../rules/challenge.ts'
import { readEmail } from '../rules/email.ts'
import { type Address, newAddress, REGISTER_ANSWER_MS, type Send } from '../rules/identity.ts'
import type { Session } from '../rules/session.ts'
import { type Caller, createCallers, isFresh } from './callers.ts'
import { addressKey } from './identities.ts'
import { createLetterStories } from './letters-to.ts'
import { asMailbox, mailboxKey, partitionOfHandle, sessionKey } from './mailboxes.ts'
import type { Room } from './room.ts'
import { asSession } from './session-records.ts'

type Export = Pick<Client<typeof persistence>, 'exportAccount'>
/** What lies at the account's address. */
type Home = { partition: string; address: Address; mailbox: Mailbox | null }

/**
 * Everything that is stored about a person at one app, for that person: docs/accounts.md lists it. No secret, nor what only proves one;
 * and of others who signed up at the same address, when they did.
 */
export function createAccountExport(room: Room): Export {
  const { env, store, homeOf } = room
  const callers = createCallers(room)
  const storyOf = createLetterStories(room)

  const partitionOf = (email: string) => homeOf(readEmail(email, domainToASCII)!.untagged)

  async function homeAt({ email, app }: Account): Promise<Home> {
    const partition = partitionOf(email)
    const [address, mailbox] = await store.read(partition, [addressKey(email), mailboxKey(email, app)])
    return { partition, address: (address?.value as Address | undefined) ?? newAddress(), mailbox: asMailbox(mailbox) }
  }

  /**
   * To its address for this app, and those about the account, which lie with it. One to an address that it has not proven is not told:
   * whether it went out says whether that address is somebody's.
   */
  async function lettersOf(account: Account, { partition, address }: Home) {
    const { id: own, app, email, letters } = account
    const [about, mine] = await Promise.all([
      Promise.all(
        letters.map(({ id, key, to, at }) => storyOf(partitionOfHandle(own)!, { at, app, number: key, letter: id } satisfies Send, to)),
      ),
      Promise.all(
        sendsTo(account, address)
          .filter(({ letter }) => !letters.some(({ id }) => id === letter))
          .map((send) => storyOf(partition, send, email)),
      ),
    ])
    const to = new Map(letters.map((letter) => [letter.id, letter.to]))
    const hers = about.flat().filter(({ kind, letter }) => kind !== 'email_change' || to.get(letter) === email)
    return [...hers, ...mine.flat()].sort((a, b) => a.createdAt - b.createdAt)
  }

  async function documentFor({ app, account, session: current }: Caller): Promise<Record<string, unknown>> {
    const home = await homeAt(account)
    const keys = account.sessions.map(({ id }) => sessionKey(id))
    const sessions = (await store.read(current.id.slice(4, 6), keys)).map(asSession).filter((session) => session !== null)
    const letters = await lettersOf(account, home)
    const to = new Map([...account.letters].map((letter) => [letter.id, letter.to]))
    return {
      exportedAt: iso(env.now()),
      app: { id: app.id, name: app.displayName },
      account: accountShown(account),
      sessions: sessions.map((session) => sessionShown(session, current.id)),
      letters: letters.filter(({ identity }) => identity === null).map((one) => letterShown(one, to.get(one.letter) ?? account.email)),
      identities: letters.filter(({ identity }) => identity !== null).map((one) => identityShown(one, account.email)),
      address: addressShown(account, home, env.now()),
    }
  }

  return {
    async exportAccount({ access }) {
      const caller = await callers.look(access)
      if (!caller) return { kind: 'token_invalid' }
      if (!isFresh(caller, access, env.now())) return { kind: 'reauthentication_required' }
      return { kind: 'found', document: await documentFor(caller) }
    },
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))
const linkShown = ({ createdAt, expiresAt }: Link) => ({ createdAt: iso(createdAt), expiresAt: iso(expiresAt) })

const accountShown = (account: Account) => ({
  id: account.id,
  email: account.email,
  locale: account.locale,
  createdAt: iso(account.createdAt),
  verifiedAt: iso(account.verifiedAt),
  arrivedAt: iso(account.arrivedAt),
  hasPassword: account.password !== null,
  timesAllSessionsEnded: account.round,
  passwordLinks: account.resets.map(linkShown),
  emailChange: account.change && { email: account.change.email, ...linkShown(account.change) },
  move: account.move && { email: account.move.email, phase: account.move.phase },
  undoLinks: account.undos.map(({ of, email, at, expiresAt }) => ({ of, email, at: iso(at), expiresAt: iso(expiresAt) })),
  browsers: (account.browsers ?? []).map(({ usedAt }) => ({ usedAt: iso(usedAt) })),
  formerEmails: [...new Set(account.undos.map(({ email }) => email))].filter((email) => email !== account.email),
})

const sessionShown = (session: Session, current: string) => ({
  id: session.id,
  createdAt: iso(session.createdAt),
  usedAt: iso(session.usedAt),
  expiresAt: iso(session.expiresAt),
  endedAt: isoOrNull(session.endedAt),
  refreshes: session.generation,
  refreshedAt: session.rotations.map(iso),
  current: session.id === current,
  browser: session.browser ? { name: session.browser.name, system: session.browser.system } : null,
})

const timelineShown = ({ timeline }: LetterView) => timeline.map(({ at, ...told }) => ({ at: iso(at), ...told }))
const letterShown = (letter: LetterView, to: string) => ({
  id: letter.letter,
  kind: letter.kind,
  to,
  status: letter.status,
  createdAt: iso(letter.createdAt),
  expiresAt: iso(letter.expiresAt),
  timeline: timelineShown(letter),
})
const identityShown = (letter: LetterView, email: string) => ({ ...letterShown(letter, email), id: letter.identity, letter: letter.letter })

const challengeShown = ({ createdAt, expiresAt, linkExpiresAt, usedAt }: Challenge) => ({
  createdAt: iso(createdAt),
  expiresAt: iso(expiresAt),
  linkExpiresAt: iso(linkExpiresAt),
  usedAt: isoOrNull(usedAt),
})
const signUpShown = ({ createdAt, challenges }: SignUp) => ({ createdAt: iso(createdAt), codes: challenges.map(challengeShown) })

/** What its address was sent by this app since it is its own. */
const sendsTo = ({ app, arrivedAt }: Account, { sends }: Address): Send[] =>
  sends.filter((send) => send.app === app && send.at >= arrivedAt)

/** Counters are numbers: whose guesses they were nobody knows. */
const addressShown = (account: Account, { address, mailbox }: Home, now: number) => ({
  email: account.email,
  provenSignUp: mailbox?.proven ? signUpShown(mailbox.proven) : null,
  waitingSignUps: mailbox ? pendingOf(mailbox, now).map(signUpShown) : [],
  codeForNobody: mailbox?.decoy ? challengeShown(mailbox.decoy) : null,
  passwordLinks: (mailbox?.resets ?? []).map(linkShown),
  sends: sendsTo(account, address).length,
  repeatableAnswers: address.answers.filter(({ app, until }) => app === account.app && until - REGISTER_ANSWER_MS >= account.arrivedAt)
    .length,
  wrongCodes: {
    short: address.guesses?.short.length ?? 0,
    shortInRow: address.guesses?.shortInRow ?? 0,
    long: address.guesses?.long.length ?? 0,
  },
})
