// In which order the files of the suite are run, and how many at once.
import { availableParallelism } from 'node:os'

/** The slowest first, so that none of them is left alone at the end; many of them mostly wait for a lease or a broken network. */
const LONGEST = [
  'test/faults/kill',
  'test/faults/outage',
  'test/faults/services-hang',
  'test/faults/redis',
  'test/faults/services-kill',
  'test/faults/leases',
  'test/faults/import',
  'test/browser/',
  'test/flows/contested',
  'test/faults/',
  'test/flows/thief',
  'test/flows/letters',
  'test/flows/guessing',
  'test/flows/account-life',
  'test/flows/',
  'test/contract/programs',
  'test/docs-import',
  'test/messaging/mta',
]
/** What compares times, or allows no call to fail while processes come and go: beside one other file at most. */
const QUIET = ['test/faults/timing', 'test/faults/services-edge', 'test/faults/services-roll', 'test/faults/import-pace']

const placeIn = (list: readonly string[], file: string) => {
  const at = list.findIndex((beginning) => file === beginning || file.startsWith(beginning.endsWith('/') ? beginning : `${beginning}.`))
  return at < 0 ? list.length : at
}
const sorted = (files: readonly string[], list: readonly string[]) => files.toSorted((a, b) => placeIn(list, a) - placeIn(list, b))

/** The turns of a run, one after the other: files in the order of their start, and how many of them at once. */
export function turns(files: readonly string[]): { files: string[]; atOnce: number }[] {
  const isQuiet = (file: string) => placeIn(QUIET, file) < QUIET.length
  return [
    // One more than there are cores, as most wait more than they compute; more than four at once were never tried.
    { files: sorted(files, LONGEST).filter((file) => !isQuiet(file)), atOnce: Math.min(availableParallelism() + 1, 4) },
    { files: sorted(files.filter(isQuiet), QUIET), atOnce: 2 },
  ].filter((turn) => turn.files.length > 0)
}
