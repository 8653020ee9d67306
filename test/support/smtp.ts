import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { type ReadLetter, readLetter } from './letter.ts'

export type Session = { socket: Socket; say(...lines: string[]): void }
/** What a scripted server does at a step: it says a line, several lines, or acts as it likes. */
export type Act = string | ((session: Session) => void)
/** One act for every time, or one after another, of which the last repeats; counted over all sessions. `dot` ends a message. */
export type Script = Partial<
  Record<'greeting' | 'EHLO' | 'HELO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'dot' | 'RSET' | 'QUIT', Act | Act[]>
>

/** The connection is reset. */
export const drop: Act = ({ socket }) => void socket.resetAndDestroy()
/** The client is left waiting. */
export const silence: Act = () => {}
/** The client is kept awake, one byte at a time, for ever. */
export const tarpit: Act = ({ socket }) => {
  const timer = setInterval(() => socket.write('2'), 20)
  socket.once('close', () => clearInterval(timer))
}

const POLITE: Required<Script> = {
  greeting: '220 scripted.test ESMTP',
  EHLO: '250-scripted.test\r\n250-8BITMIME\r\n250 SMTPUTF8',
  HELO: '250 scripted.test',
  STARTTLS: '502 5.5.1 not here',
  AUTH: '235 2.7.0 welcome',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go on',
  dot: '250 2.0.0 taken',
  RSET: '250 2.0.0 ok',
  QUIT: ({ socket }) => socket.end('221 2.0.0 bye\r\n'),
}

/** A raw SMTP server on a free loopback port that follows `script`, and is polite where it is silent on a step. */
export async function scriptedSmtp(script: Script = {}) {
  const commands: string[] = []
  const messages: Buffer[] = []
  const sockets = new Set<Socket>()
  const seen = { received: '', sessions: 0 }
  const counts: Partial<Record<keyof Script, number>> = {}

  function act(step: keyof Script, session: Session): string {
    const acts = [script[step] ?? POLITE[step]].flat()
    const turn = counts[step] ?? 0
    counts[step] = turn + 1
    const next = acts[Math.min(turn, acts.length - 1)]!
    if (typeof next === 'string') session.say(next)
    else next(session)
    return typeof next === 'string' ? next : ''
  }

  const server = createServer((socket) => {
    seen.sessions += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    const session: Session = { socket, say: (...lines) => void socket.write(lines.map((line) => `${line}\r\n`).join('')) }
    let buffer = ''
    let inMessage = false
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      seen.received += chunk
      buffer += chunk
      for (;;) {
        const end = inMessage ? buffer.indexOf('\r\n.\r\n') : buffer.indexOf('\r\n')
        if (end < 0) return
        const piece = buffer.slice(0, end + (inMessage ? 2 : 0))
        buffer = buffer.slice(end + (inMessage ? 5 : 2))
        if (inMessage) {
          inMessage = false
          messages.push(Buffer.from(piece.replace(/(^|\n)\./g, '$1'), 'latin1'))
          act('dot', session)
          continue
        }
        commands.push(piece)
        const verb = piece.split(' ', 1)[0]!.toUpperCase() as keyof Script
        if (verb in POLITE) inMessage = act(verb, session).startsWith('354')
        else session.say('500 5.5.2 what?')
      }
    })
    act('greeting', session)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server.address())
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    commands,
    messages,
    seen,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

export type Captured = ReadLetter & {
  raw: Buffer
  envelope: { from: string; to: string }
  mailArgs: object | false
  secure: boolean
  user: string | undefined
}

/** A real SMTP server on a free loopback port that takes every letter and takes it apart. */
export async function captureSmtp(options: SMTPServerOptions = {}) {
  const letters: Captured[] = []
  const waiting: { to: string; resolve(letter: Captured): void }[] = []
  const seen = { sessions: 0 }
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 20,
    ...(options.key ? {} : { disabledCommands: ['STARTTLS'] }),
    onConnect(_session, done) {
      seen.sessions += 1
      done()
    },
    onData(stream, session, done) {
      textOf(stream.setEncoding('latin1')).then((text) => {
        const { mailFrom, rcptTo } = session.envelope
        const raw = Buffer.from(text, 'latin1')
        const from = mailFrom ? mailFrom.address : ''
        const to = rcptTo.map(({ address }) => address).join()
        const letter = {
          ...readLetter(raw, { utf8: true }),
          raw,
          envelope: { from, to },
          mailArgs: mailFrom ? mailFrom.args : false,
          secure: session.secure,
          user: session.user,
        }
        letters.push(letter)
        const at = waiting.findIndex((wish) => wish.to === to)
        if (at >= 0) waiting.splice(at, 1)[0]!.resolve(letter)
        done(null, 'taken')
      }, done)
    },
    ...options,
  })
  server.on('error', () => {})
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const port = portOf(listener.address())
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    /** Everything that was taken, oldest first. */
    letters,
    seen,
    /** The next letter to `to` that comes after this call. */
    next: (to: string) => new Promise<Captured>((resolve) => waiting.push({ to, resolve })),
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  }
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP')
  return address.port
}
