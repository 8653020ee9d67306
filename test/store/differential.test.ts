import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import { differential } from './differential.ts'
import { openModel } from './model.ts'
import { planted } from './planted.ts'
import { storeSuite } from './suite.ts'

storeSuite('model', async () => openModel())

test('sqlite answers like the model, whatever it is asked', async () => {
  const compared = await differential(
    async () => openModel(),
    async () => openSqlite(':memory:'),
    { runs: 250 },
  )
  assert.ok(compared >= 2000, `only ${compared} operations`)
})

for (const [sentence, spoil] of Object.entries(planted)) {
  test(`a difference is found: ${sentence}`, async () => {
    const run = differential(
      async () => openModel(),
      async () => spoil(openModel()),
      { runs: 3000, quick: true },
    )
    await assert.rejects(run, ({ message }) => {
      assert.match(message, /seed: -?\d+/)
      assert.match(message, /Counterexample: \[\[\{"do":/)
      assert.match(message, /(operation \d+, \w+|all that is there at the end)/)
      return true
    })
  })
}
