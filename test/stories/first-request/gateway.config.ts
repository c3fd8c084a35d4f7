import { defineConfig } from '#config'
import { accounts } from '#plugins/access/accounts'
import { demo } from '#plugins/providers/demo'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

/** The least that makes sense: keys, a record of what was used, and a model that needs no key. */
export default defineConfig({
  plugins: [accounts(), ledger(), analytics(), demo()],
})
