import { defineConfig } from '#config'
import { accounts } from '#plugins/access/accounts'
import { demo } from '#plugins/providers/demo'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

/** A key belongs to a project, and everything stored belongs to the project of its key. */
export default defineConfig({
  prices: { 'demo/echo': { input: 1.25, output: 10 } },
  plugins: [accounts(), ledger(), analytics(), demo()],
})
