/** A record as it lies in the file; absent when `value` is null (its version is then ''). */
export type Row = { version: string; value: string | null; dueAt: number | null }
export const ABSENT: Row = { version: '', value: null, dueAt: null }

/**
 * What was lately read or written, so that it need not be looked up again: what was just registered is what is settled, checked and
 * read next. Only for a store that nobody else writes. Two generations of at most `rows` and `characters` each; the older one is forgotten whole.
 * While a transaction is open its writes are seen at once, and kept only when it is through.
 */
export function createCache(rows: number, characters: number) {
  let young = new Map<string, Row>()
  let old = new Map<string, Row>()
  const open = new Map<string, Row>()
  let held = 0

  function keep(key: string, row: Row) {
    young.set(key, row)
    held += row.value?.length ?? 0
    if (young.size < rows && held < characters) return
    old = young
    young = new Map()
    held = 0
  }

  return {
    get(key: string): Row | undefined {
      return open.get(key) ?? young.get(key) ?? old.get(key)
    },
    /** What was found in the file. */
    keep,
    /** What the open transaction wrote. */
    write(key: string, row: Row) {
      open.set(key, row)
    },
    committed() {
      for (const [key, row] of open) {
        old.delete(key)
        keep(key, row)
      }
      open.clear()
    },
    rolledBack() {
      open.clear()
    },
    /** When it is not certain what the file holds. */
    forget() {
      open.clear()
      young.clear()
      old.clear()
    },
  }
}
