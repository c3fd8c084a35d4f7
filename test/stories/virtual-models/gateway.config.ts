import { defineConfig } from '#config'
import { accounts } from '#plugins/access/accounts'
import { demo } from '#plugins/providers/demo'
import { routers } from '#plugins/routing/routers'
import { virtualModels } from '#plugins/routing/virtual-models'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

/** A team changes what stands behind "support" while an application goes on asking for it. */
export default defineConfig({
  plugins: [
    accounts(),
    ledger(),
    analytics(),
    demo({ name: 'cheap' }),
    demo({ name: 'dear' }),
    virtualModels({ models: { default: ['cheap/echo'] } }),
    routers(),
  ],
})
