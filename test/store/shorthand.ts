import assert from 'node:assert/strict'
import type { Change, Partition, Put, Store } from '../../src/persistence/store/store.ts'

/** A case of the suite: a sentence of the contract, and what shows that it holds. The store is empty and its own. */
export type Case = [sentence: string, run: (store: Store) => Promise<void>]

/** Far enough ahead (the year 2096) that no store which sweeps by itself does so during a test. */
export const FAR = 4_000_000_000_000

/** A change that says only what matters. */
export const change = (parts: Partial<Change>): Change => ({ version: 'v1', expect: [], puts: [], deletes: [], log: [], ...parts })

/** Puts records without any expectation; it must succeed. */
export async function fill(store: Store, partition: Partition, puts: Put[], version = 'v1') {
  assert.equal(await store.commit(partition, change({ version, puts })), true)
}

export async function valuesOf(store: Store, partition: Partition, ...keys: string[]): Promise<unknown[]> {
  return (await store.read(partition, keys)).map((record) => record?.value ?? null)
}

export async function versionsOf(store: Store, partition: Partition, ...keys: string[]): Promise<string[]> {
  return (await store.read(partition, keys)).map((record) => record?.version ?? '')
}

export async function logOf(store: Store, partition: Partition): Promise<unknown[]> {
  return (await store.readLog(partition, '', 10_000)).map(({ value }) => value)
}
