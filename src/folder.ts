import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes sure that the data folder is there, private to this user where it is made, and can be written.
 * @throws what stands in the way, in one line
 */
export function openFolder(path: string) {
  try {
    make(path)
    accessSync(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new Error(
      `the data folder ${path} cannot be written (${(error as NodeJS.ErrnoException).code}); SELLO_DATA_DIR names another one`,
    )
  }
}

/** Not `recursive`: with that, Node 26 never returns where a folder cannot be made and the system answers ENOENT, as below /proc. */
function make(path: string) {
  if (existsSync(path)) return
  make(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
