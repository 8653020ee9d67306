import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** `refuse`: nobody listens; `hang`: connections are taken and never answered; `reset`: they are taken and cut at once. */
export type Manner = 'forward' | 'refuse' | 'hang' | 'reset'

/** A port in front of another one, which can behave as a broken network does. */
export type Gate = {
  port: number
  /** Connections seen so far; none is seen while the gate refuses. */
  seen: { connections: number }
  /** Connections of the manner before are cut. */
  set(manner: Manner): Promise<void>
  /** Forwards new connections; those that hang go on hanging, as after a network that lost its way. */
  heal(): void
  close(): Promise<void>
}

/** @param target the port that it forwards to · first how it begins */
export async function openGate(target: number, first: Manner = 'forward'): Promise<Gate> {
  const seen = { connections: 0 }
  const sockets = new Set<Socket>()
  let manner: Manner = first
  let server: Server | null = null

  function take(socket: Socket) {
    seen.connections += 1
    keep(socket)
    if (manner === 'reset') socket.resetAndDestroy()
    if (manner !== 'forward') return
    const beyond = keep(connect({ port: target, host: '127.0.0.1', noDelay: true }))
    socket.pipe(beyond).pipe(socket)
    socket.once('close', () => beyond.destroy())
    beyond.once('close', () => socket.destroy())
  }
  function keep(socket: Socket) {
    sockets.add(socket)
    socket.on('error', () => {})
    return socket.once('close', () => sockets.delete(socket))
  }

  async function listen(port: number) {
    const fresh = createServer({ noDelay: true }, take)
    fresh.listen(port, '127.0.0.1')
    await once(fresh, 'listening')
    server = fresh
  }
  async function shut() {
    for (const socket of sockets) socket.destroy()
    const old = server
    server = null
    if (old) await new Promise((resolve) => old.close(resolve))
  }

  const port = await freePort()
  if (first !== 'refuse') await listen(port)
  return {
    port,
    seen,
    async set(next) {
      manner = next
      if (next === 'refuse') return shut()
      for (const socket of sockets) socket.destroy()
      if (!server) await listen(port)
    },
    heal() {
      manner = 'forward'
    },
    close: shut,
  }
}

/** A port that nobody holds and that the system does not hand out by itself meanwhile (Linux: 32768 and up, elsewhere 49152). */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000)
    const server = createServer().listen(port, '127.0.0.1')
    // An error while it waits rejects: that port is taken.
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!free) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
