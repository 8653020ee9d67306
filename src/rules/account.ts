import { type Challenge, isCodeLive, isOpen, use } from './challenge.ts'

/** A sign-up that was not proven yet: one register call, with the password that it alone sets. Times in ms. */
export type SignUp = {
  id: string
  /** MAC of the handle that the call was answered with. */
  flow: string
  /** The credential; '' once it lives in the account. */
  password: string
  locale: 'es' | 'ru' | 'en'
  createdAt: number
  /** It met another register call at its address: its code alone is never enough. */
  contested?: true
  /** Newest first. */
  challenges: Challenge[]
}

/**
 * One address of one app: who holds it, and who says so and waits for a letter. The register calls at an address that is taken are
 * kept like real ones, with challenges that nothing opens.
 */
export type Mailbox = {
  v: 1
  app: string
  email: string
  /** The account whose address this is. */
  account: string | null
  /** Oldest first. */
  signUps: SignUp[]
  /** The sign-up that was proven last: its link says so again to whoever signed up. */
  proven: SignUp | null
  /** What a request for a new code makes where nobody signed up. */
  decoy: (Challenge & { contested?: true }) | null
  /** Links to a new password for the sign-ups that wait here, oldest first; those of an account are its own. */
  resets: Link[]
  /** Accounts that had this address and can come back to it until then, newest last. */
  former: { id: string; until: number }[]
  /** Which of its account's ways led here; 0 = it was born here. A step of an older way, taken late, changes nothing. */
  way: number
}

/** A link of a letter; `link` is the key that its token leads to. Times in ms. */
export type Link = { id: string; link: string; createdAt: number; expiresAt: number; epoch: number }

/** What can be taken back, by the link of the notice that told of it. No failover voids it. Times in ms. */
export type Undo = {
  link: string
  of: 'password_changed' | 'email_changed' | 'deleted'
  /** Where the notice went: the address that comes back. */
  email: string
  at: number
  expiresAt: number
}

/** The way of an account to another address, over two or three partitions; each step may be repeated. */
export type Move = {
  /** `reserve`: the new address is not its own yet. `release`: it has moved, and the old one is still to be let go. */
  phase: 'reserve' | 'release'
  email: string
  /** Of `reserve`: what the move takes back, if it does; null for a change. */
  undo: { link: string } | null
  /** When it set out. */
  at: number
}

/** A person's account at an app, at home in the partition where it was born. Times in ms. */
export type Account = {
  v: 1
  id: string
  app: string
  email: string
  /** The credential; null = none works. */
  password: string | null
  locale: 'es' | 'ru' | 'en'
  createdAt: number
  verifiedAt: number
  /** Since when its address is its own: what lies there from before may be somebody else's. */
  arrivedAt: number
  /** Sessions of an earlier round are over: ended all at once, by a new password say. */
  round: number
  /** Newest last. */
  sessions: { id: string; expiresAt: number }[]
  /** Links to a new password, oldest first: the newest three work. */
  resets: Link[]
  /** The address that it wants to move to, until that is proven. */
  change: (Link & { email: string }) | null
  /** Oldest first. */
  undos: Undo[]
  move: Move | null
  /** How often it set out for another address, or for none. */
  ways: number
  /** Letters about it, oldest first: the keys of their rows, and of what their links lead to. */
  letters: { id: string; key: string; to: string; at: number; link?: string }[]
  /** Those that it was proven or signed in to with, by a MAC of their handle; the one used last is the last. */
  browsers?: { mac: string; usedAt: number }[]
  deletedAt: number | null
  /** Of an account that came from elsewhere: its id there, and a MAC of the line that it was made of, which is known again by it. */
  imported?: { id: string | null; line: string }
}

/** An account that nothing has happened to yet. */
export const newAccount = (given: Pick<Account, 'id' | 'app' | 'email' | 'password' | 'locale' | 'createdAt' | 'verifiedAt'>): Account => ({
  v: 1,
  ...given,
  arrivedAt: given.createdAt,
  round: 0,
  sessions: [],
  resets: [],
  change: null,
  undos: [],
  move: null,
  ways: 0,
  letters: [],
  deletedAt: null,
})

const HOUR = 60 * 60 * 1000
/** A sign-up that nobody proved is forgotten. */
export const PENDING_MS = 72 * HOUR
/** Sign-ups that an address keeps. Within an hour, the life of a link, it is sent no more letters than that. */
const SIGN_UPS = 5
/** Challenges that a sign-up remembers: the live one, and older ones, to say of a link that it was replaced. */
const CHALLENGES = 3

export const newMailbox = (app: string, email: string): Mailbox => ({
  v: 1,
  app,
  email,
  account: null,
  signUps: [],
  proven: null,
  decoy: null,
  resets: [],
  way: 0,
  former: [],
})

export const pendingOf = (mailbox: Mailbox, now: number): SignUp[] =>
  mailbox.signUps.filter(({ createdAt }) => now < createdAt + PENDING_MS)

/** Whether a letter is that of a challenge which still leads somewhere. */
export const isPending = (mailbox: Mailbox | null, letter: string, epoch: number, now: number): boolean =>
  mailbox !== null && pendingOf(mailbox, now).some(({ challenges: [newest] }) => newest?.id === letter && isOpen(newest, epoch, now))

/** One more register call; what lay here for a mere request for a new code is over. */
export function withSignUp(mailbox: Mailbox, signUp: SignUp, now: number): Mailbox {
  const pending = pendingOf(mailbox, now)
  const newest: SignUp = pending.length > 0 ? { ...signUp, contested: true } : signUp
  return { ...mailbox, signUps: [...pending, newest].slice(-SIGN_UPS), decoy: null }
}

/** The only sign-up here whose code alone would be enough, if there is one. */
export function aloneIn(mailbox: Mailbox, now: number): SignUp | null {
  const [one, ...others] = pendingOf(mailbox, now)
  return one && others.length === 0 && !one.contested ? one : null
}

/** @param id of the sign-up that another register call met, which was refused and leaves nothing else; null: it met a decoy */
export function withContest(mailbox: Mailbox, id: string | null): Mailbox {
  if (id === null) return mailbox.decoy ? { ...mailbox, decoy: { ...mailbox.decoy, contested: true } } : mailbox
  return { ...mailbox, signUps: mailbox.signUps.map((one) => (one.id === id ? { ...one, contested: true } : one)) }
}

/**
 * A newer challenge takes the place of a sign-up's live one, or of the decoy where nobody signed up.
 * @param id of the sign-up
 * @see seed 004, "Flujo de Reenvío": the older code counts as used
 */
export function withChallenge(mailbox: Mailbox, id: string | null, challenge: Challenge, now: number): Mailbox {
  if (id === null) return { ...mailbox, decoy: { ...challenge, ...(mailbox.decoy?.contested ? { contested: true } : {}) } }
  const renewed = (signUp: SignUp): SignUp => {
    const older = signUp.challenges.map((one) => use(one, now))
    return { ...signUp, challenges: [challenge, ...older].slice(0, CHALLENGES) }
  }
  return { ...mailbox, signUps: mailbox.signUps.map((signUp) => (signUp.id === id ? renewed(signUp) : signUp)) }
}

export type Chosen =
  /** `older`: somebody signed up after it, and the newest letter is theirs. */
  { kind: 'chosen'; signUp: SignUp | null; challenge: Challenge; older: boolean } | { kind: 'password_required' } | { kind: 'expired' }

/**
 * Whose code a submitted one is taken for: that of the sign-up whose flow or password came with it; without them that of the only
 * one. Where several wait for a letter, or did, a code alone is never enough, as it might be somebody else's that its owner types.
 * @param isHis whether flow or password are those of the sign-up; null when neither came
 */
export function choose(mailbox: Mailbox | null, isHis: ((signUp: SignUp) => boolean) | null, epoch: number, now: number): Chosen {
  if (mailbox === null) return { kind: 'expired' }
  const pending = pendingOf(mailbox, now)
  const isLive = (challenge: Challenge | null | undefined) => challenge != null && isCodeLive(challenge, epoch, now)
  const anyLive = isLive(mailbox.decoy) || pending.some(({ challenges }) => isLive(challenges[0]))
  const refused: Chosen = anyLive ? { kind: 'password_required' } : { kind: 'expired' }
  const signUp = isHis ? pending.findLast(isHis) : aloneIn(mailbox, now)
  if (!signUp) {
    const decoy = pending.length === 0 && !isHis && !mailbox.decoy?.contested ? mailbox.decoy : null
    return decoy ? { kind: 'chosen', signUp: null, challenge: decoy, older: false } : refused
  }
  return { kind: 'chosen', signUp, challenge: signUp.challenges[0]!, older: signUp !== pending.at(-1) }
}

/** The mailbox was proven by this sign-up: it is the account's, and whatever others had set is dropped. */
export function proven(mailbox: Mailbox, signUp: SignUp, challenge: Challenge | null, account: string, now: number): Mailbox {
  const challenges = signUp.challenges.map((one) => use(one.id === challenge?.id ? challenge : one, now))
  return { ...mailbox, account, way: 0, signUps: [], decoy: null, resets: [], proven: { ...signUp, password: '', challenges } }
}
