import type { RouterScript } from '#plugins/routing/routers'

export const route: RouterScript = ({ request, models }) => {
  const found = models.find(({ model }) => model === request['user'])
  return found ? `local/${found.model}` : 'local/m1'
}
