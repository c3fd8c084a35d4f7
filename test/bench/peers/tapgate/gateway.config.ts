import { defineConfig } from '#config'
import { routers } from '#plugins/routing/routers'

import config from '../../../../gateway.config.ts'

// The gateway as it comes, and with a router script for those requests that name it.
export default defineConfig({
  ...config,
  plugins: config.plugins.map((entry) =>
    entry.plugin.name === 'routers' ? routers({ scripts: 'scripts' }) : entry,
  ),
})
