import type { Account, Link, Mailbox, Move, Undo } from './account.ts'

const MINUTE = 60 * 1000
const DAY = 24 * 60 * MINUTE
/** What matters is only for whoever signed in lately. */
export const FRESH_MS = 15 * MINUTE
/** Links to a new password that work side by side: a letter that comes late still does. */
const RESETS = 3
/** Changes that can be taken back one by one. Of very many the oldest count: they are the owner's, the newest may be a thief's. */
const UNDOS = 20
/** As long as the row of a letter can be read: what is not in this list no erasure finds. */
const LETTERS = 100
/** Notices of sign-ins in a day. Whoever has the password could else bury the mailbox in them. */
const SIGN_IN_NOTICES = 5
const FORMER = 5

/** One more link to a new password, among the newest three that live. */
export const withReset = (links: readonly Link[], link: Link, now: number): Link[] =>
  [...links.filter(({ expiresAt }) => now < expiresAt), link].slice(-RESETS)

export const isLinkOpen = (link: Link, key: string, epoch: number, now: number): boolean =>
  link.link === key && link.epoch === epoch && now < link.expiresAt

/**
 * Another password. Sessions end, but for the one that is kept; every link to a new password dies, and that of a wish to move, which
 * somebody else may have asked for.
 * @param keep the session that goes on; its record follows to the new round in the same commit
 */
export function withPassword(account: Account, password: string, keep: string | null): Account {
  const sessions = account.sessions.filter(({ id }) => id === keep)
  return { ...account, password, round: account.round + 1, sessions, resets: [], change: null, browsers: [] }
}

/**
 * Remembers how to take a change back. Full is full: the oldest ones stay. Of those to one address the newest makes room, but for the
 * oldest one: whoever makes changes for days does not leave that address with links that end before his last change is a week old.
 */
export function withUndo(account: Account, undo: Undo, now: number): { account: Account; isKept: boolean } {
  const undos = account.undos.filter(({ expiresAt }) => now < expiresAt)
  if (undos.length < UNDOS) return { account: { ...account, undos: [...undos, undo] }, isKept: true }
  const isHis = ({ email }: Undo) => email === undo.email
  const newest = undos.findLastIndex(isHis)
  if (newest === undos.findIndex(isHis)) return { account: { ...account, undos }, isKept: false }
  return { account: { ...account, undos: [...undos.toSpliced(newest, 1), undo] }, isKept: true }
}

export const withLetter = (account: Account, letter: Account['letters'][number]): Account => ({
  ...account,
  letters: [...account.letters, letter].slice(-LETTERS),
})

/** Whether one more sign-in may be told of. No other letter that somebody else can ask for goes without a link. */
export const mayTellSignIn = ({ letters }: Account, now: number): boolean =>
  letters.filter(({ link, at }) => link === undefined && at > now - DAY).length < SIGN_IN_NOTICES

export const undoOf = (account: Account, link: string, now: number): Undo | null =>
  account.undos.find((undo) => undo.link === link && now < undo.expiresAt) ?? null

/**
 * Takes back one change and all that came after it: no session, no password, no link, no undo of a later change survives. An older
 * undo still works: the oldest one wins.
 */
export function undone(account: Account, { link }: Pick<Undo, 'link'>): Account {
  const at = account.undos.findIndex((undo) => undo.link === link)
  // One that is not there any more expired on the way: so did all older ones.
  const undos = account.undos.slice(0, Math.max(at, 0))
  return { ...deleted(account, 0), undos, deletedAt: null }
}

/** Gone for everybody; what brings it back are the undo links. */
export const deleted = (account: Account, now: number): Account => ({
  ...account,
  password: null,
  round: account.round + 1,
  sessions: [],
  resets: [],
  change: null,
  browsers: [],
  deletedAt: now,
})

/** Rubbish once nothing can bring a deleted account back; another one stays. */
export function accountSweepAt(account: Account): number | undefined {
  if (account.deletedAt === null) return undefined
  return Math.max(account.deletedAt, ...account.undos.map(({ expiresAt }) => expiresAt)) + DAY
}

/** It sets out for another address, to take a change back, or for none. One way at a time: the one before has ended. */
export const onItsWay = (account: Account, move: Omit<Move, 'at'>, now: number): Account => ({
  ...account,
  ways: account.ways + 1,
  move: { ...move, at: now },
})

/** The account holds this address, and whoever waited to prove it is out; null when another one does. */
export function reserved(mailbox: Mailbox, { id, ways }: Pick<Account, 'id' | 'ways'>): Mailbox | null {
  const former = mailbox.former.filter((one) => one.id !== id)
  if (mailbox.account === null) return { ...mailbox, account: id, way: ways, signUps: [], decoy: null, resets: [], proven: null, former }
  if (mailbox.account !== id) return null
  return mailbox.way < ways ? { ...mailbox, way: ways, former } : mailbox
}

/** The address is free again, if it is still that account's by a way before this one; its former holder may come back to it until then. */
export function released(mailbox: Mailbox, account: string, way: number, until: number): Mailbox {
  if (mailbox.account !== account || mailbox.way >= way) return mailbox
  return { ...mailbox, account: null, proven: null, former: [...mailbox.former, { id: account, until }].slice(-FORMER) }
}
