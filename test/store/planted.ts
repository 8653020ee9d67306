import { isDeepStrictEqual } from 'node:util'
import { FAR } from './shorthand.ts'
import { claimingUnderOldVersion, editing, ghosts, MANY, remembering, renumbering, type Spoil } from './spoil.ts'

/** Every one of them breaks one sentence of the contract; a differential run must find it. */
export const planted: Record<string, Spoil> = {
  'read answers in the order of the keys, not of the question': (store) => ({
    ...store,
    read: async (partition, keys) => store.read(partition, keys.toSorted()),
  }),
  'an expectation on an absent key is ignored': editing(async (change, store, partition) => {
    const records = await store.read(
      partition,
      change.expect.map(({ key }) => key),
    )
    return { ...change, expect: change.expect.filter((_, i) => records[i] !== null) }
  }),
  "'' is no expectation": editing((change) => ({ ...change, expect: change.expect.filter(({ version }) => version !== '') })),
  'only the first expectation counts': editing((change) => ({ ...change, expect: change.expect.slice(0, 1) })),
  'an expectation counts only for what is written': editing((change) => {
    const written = [...change.puts.map(({ key }) => key), ...change.deletes]
    return { ...change, expect: change.expect.filter(({ key }) => written.includes(key)) }
  }),
  'deletes come after puts': editing((change) => ({ ...change, puts: change.puts.filter(({ key }) => !change.deletes.includes(key)) })),
  'a put of the same value writes nothing': editing(async (change, store, partition) => {
    const records = await store.read(
      partition,
      change.puts.map(({ key }) => key),
    )
    return { ...change, puts: change.puts.filter((put, i) => put.queue || !records[i] || !isDeepStrictEqual(records[i].value, put.value)) }
  }),
  'a put without queue stays queued': remembering((put, before, dueAt) =>
    put.queue || !before?.queue || dueAt === null ? put : { ...put, queue: { name: before.queue.name, dueAt } },
  ),
  'a put without sweepAt keeps the old one': remembering((put, before) =>
    put.sweepAt === undefined && before?.sweepAt !== undefined ? { ...put, sweepAt: before.sweepAt } : put,
  ),
  'a deleted record stays in its queue': ghosts,
  'a commit that lost still writes its log': (store) => ({
    ...store,
    async commit(partition, change) {
      const done = await store.commit(partition, change)
      if (!done) await store.commit(partition, { ...change, expect: [], puts: [], deletes: [] })
      return done
    },
  }),
  'a commit that lost still deletes': (store) => ({
    ...store,
    async commit(partition, change) {
      const done = await store.commit(partition, change)
      if (!done) await store.commit(partition, { ...change, expect: [], puts: [], log: [] })
      return done
    },
  }),
  'the log entries of a commit are turned round': editing((change) => ({ ...change, log: change.log.toReversed() })),
  'claimDue means dueAt < now': (store) => ({
    ...store,
    claimDue: (partition, queue, now, ...rest) => store.claimDue(partition, queue, now - 1, ...rest),
  }),
  'claimDue forgets the new version': claimingUnderOldVersion,
  'claimDue forgets the lease': (store) => ({
    ...store,
    claimDue: (partition, queue, now, _lease, ...rest) => store.claimDue(partition, queue, now, now, ...rest),
  }),
  'claimDue ignores its limit': (store) => ({
    ...store,
    claimDue: (partition, queue, now, leaseUntil, _limit, version) => store.claimDue(partition, queue, now, leaseUntil, MANY, version),
  }),
  'claimDue answers newest first': (store) => ({
    ...store,
    claimDue: async (...args) => (await store.claimDue(...args)).toReversed(),
  }),
  'claimDue takes from another queue when its own is empty': (store) => ({
    ...store,
    async claimDue(partition, queue, ...rest) {
      const own = await store.claimDue(partition, queue, ...rest)
      return own.length > 0 ? own : store.claimDue(partition, queue === 'q' ? 'q2' : 'q', ...rest)
    },
  }),
  'depth counts only what is due': (store) => ({
    ...store,
    async depth(partition, queue) {
      const depth = await store.depth(partition, queue)
      return depth.oldestDueAt !== null && depth.oldestDueAt > FAR + 4 ? { length: 0, oldestDueAt: null } : depth
    },
  }),
  'hit adds what fits': (store) => ({
    ...store,
    async hit(partition, counters) {
      const answer = await store.hit(partition, counters)
      if (!answer.added) for (const counter of counters) await store.hit(partition, [counter])
      return answer
    },
  }),
  'hit allows one past the limit': (store) => ({
    ...store,
    hit: (partition, counters) =>
      store.hit(
        partition,
        counters.map((counter) => ({ ...counter, limit: counter.limit + 1 })),
      ),
  }),
  'hit always adds one': (store) => ({
    ...store,
    hit: (partition, counters) =>
      store.hit(
        partition,
        counters.map((counter) => ({ ...counter, cost: 1 })),
      ),
  }),
  'hit, refused, tells the counts that would have been': (store) => ({
    ...store,
    async hit(partition, counters) {
      const { added, counts } = await store.hit(partition, counters)
      return { added, counts: added ? counts : counts.map((count, i) => count + counters[i]!.cost) }
    },
  }),
  'what is given back may take a count below 0': (store) => {
    const owed = new Map<string, number>()
    return {
      ...store,
      async hit(partition, counters) {
        const keys = counters.map(({ key }) => key)
        const before = (await store.read(partition, keys)).map((record) => Number(record?.value ?? 0))
        const debts = keys.map((key) => owed.get(partition + key) ?? 0)
        const answer = await store.hit(
          partition,
          counters.map((counter, i) => ({ ...counter, limit: counter.limit + debts[i]! })),
        )
        if (!answer.added) return { added: false, counts: answer.counts.map((count, i) => count - debts[i]!) }
        for (const [i, { key, cost }] of counters.entries()) {
          owed.set(partition + key, debts[i]! + Math.max(0, -cost - before[i]!))
        }
        return { added: true, counts: answer.counts.map((count, i) => count - owed.get(partition + keys[i]!)!) }
      },
    }
  },
  'a limit holds up what is given back': (store) => ({
    ...store,
    async hit(partition, counters) {
      const keys = counters.map(({ key }) => key)
      const counts = (await store.read(partition, keys)).map((record) => Number(record?.value ?? 0))
      const isPast = counters.some(({ cost, limit }, i) => counts[i]! + cost > limit)
      return isPast ? { added: false, counts } : store.hit(partition, counters)
    },
  }),
  'a later hit moves sweepAt': (store) => ({
    ...store,
    async hit(partition, counters) {
      const answer = await store.hit(partition, counters)
      if (!answer.added) return answer
      const deletes = counters.map(({ key }) => key)
      await store.commit(partition, { version: 'x', expect: [], puts: [], deletes, log: [] })
      const again = counters.map((counter, i) => ({ ...counter, cost: answer.counts[i]!, limit: MANY }))
      return store.hit(partition, again)
    },
  }),
  'readLog begins with the entry it should begin after': (store) => ({
    ...store,
    async readLog(partition, after, limit) {
      const all = await store.readLog(partition, '', MANY)
      const place = all.findIndex(({ id }) => id === after)
      return place < 0 ? store.readLog(partition, after, limit) : all.slice(place, place + limit)
    },
  }),
  'readLog from the start is without limit': (store) => ({
    ...store,
    readLog: (partition, after, limit) => store.readLog(partition, after, after === '' ? MANY : limit),
  }),
  'trimLog keeps the entry it is given': (store) => ({
    ...store,
    async trimLog(partition, upTo) {
      const all = await store.readLog(partition, '', MANY)
      const before = all[all.findIndex(({ id }) => id === upTo) - 1]
      if (before) await store.trimLog(partition, before.id)
    },
  }),
  'ids of a trimmed log are given again': renumbering,
  'sweep means sweepAt < now': (store) => ({ ...store, sweep: (now, limit) => store.sweep(now - 1, limit) }),
  'sweep tells whether, not how many': (store) => ({
    ...store,
    sweep: async (now, limit) => Math.min(1, await store.sweep(now, limit)),
  }),
  'keys leak into another partition': (store) => ({
    ...store,
    async read(partition, keys) {
      const [own, other] = await Promise.all([store.read(partition, keys), store.read(partition === '07' ? '08' : '07', keys)])
      return own.map((record, i) => record ?? other[i]!)
    },
  }),
  'queues leak into another partition': (store) => ({
    ...store,
    async claimDue(partition, ...rest) {
      const own = await store.claimDue(partition, ...rest)
      return own.length > 0 ? own : store.claimDue(partition === '07' ? '08' : '07', ...rest)
    },
  }),
  'counters leak into another partition': (store) => ({ ...store, hit: (_partition, counters) => store.hit('07', counters) }),
  'the log is one for all partitions': (store) => ({
    ...store,
    async commit(partition, change) {
      const done = await store.commit(partition, { ...change, log: [] })
      if (done) await store.commit('07', { ...change, expect: [], puts: [], deletes: [] })
      return done
    },
    readLog: (_partition, after, limit) => store.readLog('07', after, limit),
    trimLog: (_partition, upTo) => store.trimLog('07', upTo),
  }),
}
