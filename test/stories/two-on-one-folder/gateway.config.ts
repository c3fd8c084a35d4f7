import { defineConfig } from '#config'
import { accounts } from '#plugins/access/accounts'
import { demo } from '#plugins/providers/demo'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

/** The embedded database has one owner. Several gateways side by side share a PostgreSQL server. */
export default defineConfig({
  plugins: [accounts(), ledger(), analytics(), demo()],
})
