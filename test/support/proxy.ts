import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** What happens to bytes on their way: they pass, are kept for later, or are gone. */
type Way = 'pass' | 'hold' | 'drop'

/**
 * Stands between a client and a server, to lose or delay what they say. `up` is the way to the server, `down` the way back;
 * `cutOnDrop` ends the connection on which something was lost; `holdFrom`, said
 * by the client, begins to hold the way up.
 */
export async function startProxy(t: { after(done: () => void): void }, port: number) {
  /** What the server says, and what the client is told instead. */
  let retell: ((said: string) => string) | null = null
  const ways: { up: Way; down: Way; cutOnDrop: boolean; holdFrom: string | null } = {
    up: 'pass',
    down: 'pass',
    cutOnDrop: false,
    holdFrom: null,
  }
  const held: (() => void)[] = []
  const sockets = new Set<Socket>()
  const buried = new WeakSet<Socket>()
  const clients = new Set<Socket>()
  const server = createServer((client) => {
    clients.add(client)
    client.on('close', () => clients.delete(client))
    const behind = connect(port, '127.0.0.1')
    for (const [from, to, direction] of [
      [client, behind, 'up'],
      [behind, client, 'down'],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        if (ways[direction] === 'pass') to.destroy()
      })
      from.on('data', (bytes) => {
        if (buried.has(from)) return
        if (direction === 'up' && ways.holdFrom !== null && bytes.includes(ways.holdFrom)) ways.up = 'hold'
        if (ways[direction] === 'hold') held.push(() => to.write(bytes))
        else if (ways[direction] === 'pass')
          to.write(direction === 'down' && retell ? Buffer.from(retell(bytes.toString('latin1')), 'latin1') : bytes)
        else if (ways.cutOnDrop) {
          client.destroy()
          ways.up = ways.down = 'pass'
        }
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    port: (server.address() as { port: number }).port,
    ways,
    /** The connections that are open now carry nothing any more, and nobody is told. */
    bury() {
      for (const socket of sockets) buried.add(socket)
    },
    retell(change: typeof retell) {
      retell = change
    },
    /** Ends every connection of a client; the server does not learn of it while the way up is held. */
    cut() {
      for (const client of clients) client.destroy()
    },
    /** Lets go what was held, in its order. */
    release() {
      ways.holdFrom = null
      ways.up = ways.down = 'pass'
      for (const write of held.splice(0)) write()
    },
  }
}
