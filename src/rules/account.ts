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
  /** Sessions of an earlier round are over: ended all at once, by a new password say. */
  round: number
  /** Newest last. */
  sessions: { id: string; expiresAt: number }[]
}

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
export function proven(mailbox: Mailbox, signUp: SignUp, challenge: Challenge, account: string, now: number): Mailbox {
  const challenges = signUp.challenges.map((one) => (one.id === challenge.id ? use(challenge, now) : one))
  return { ...mailbox, account, signUps: [], decoy: null, proven: { ...signUp, password: '', challenges } }
}
