import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for a test, removed afterwards. */
export function folder(t: { after(done: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'sello-test-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}
