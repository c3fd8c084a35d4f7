import { defineConfig } from '#config'
import { demo } from '#plugins/providers/demo'
import { routers } from '#plugins/routing/routers'
import { virtualModels } from '#plugins/routing/virtual-models'

/** Requests bring their routing along; two demos stand for two providers. */
export default defineConfig({
  prices: {
    'cheap/echo': { input: 0.1, output: 0.2 },
    'dear/echo': { input: 10, output: 20 },
  },
  plugins: [
    demo({ name: 'cheap' }),
    demo({ name: 'dear' }),
    virtualModels({ models: { best: ['dear/echo', 'cheap/echo'] } }),
    routers(),
  ],
})
