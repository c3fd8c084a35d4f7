import { defineConfig } from '#config'
import { accounts } from '#plugins/access/accounts'
import { demo } from '#plugins/providers/demo'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

/** A price makes cost exact to the last decimal, whatever becomes of the process meanwhile. */
export default defineConfig({
  prices: { 'demo/echo': { input: 1.25, output: 10 } },
  plugins: [accounts(), ledger(), analytics(), demo()],
})
