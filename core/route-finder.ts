import Router from '@koa/router'

import { GatewayError } from './errors.ts'
import { nearName } from './nearest.ts'
import type { Route } from './route.ts'
import { INFERENCE_ROUTES } from './routes/inference-routes.ts'

/** A route, and what its path says. */
export interface Found {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/**
 * Finds the route of a method and a path. Throws 404 with the nearest path, 405 with the methods that
 * are taken. The inference routes are known to it only for these: they are served without being looked for.
 */
export function createRouteFinder(
  routes: readonly Route[],
): (method: string, path: string) => Found {
  const router = new Router()
  const byPath = new Map<string, Route>()
  for (const route of routes) {
    const isFixed = !/[:*{]/.test(route.path)
    if (isFixed) byPath.set(`${route.method} ${route.path}`, route)
  }
  // It only tells what matches: nothing is run by it.
  for (const { method, path } of [...routes, ...INFERENCE_ROUTES]) {
    router.register(path, [method], [() => undefined])
  }
  const paths = [...new Set([...INFERENCE_ROUTES, ...routes].map(({ path }) => path))]

  return (method, path) => {
    const fixed = byPath.get(`${method} ${path}`)
    if (fixed) return { route: fixed, params: {} }
    const wanted = method === 'HEAD' ? 'GET' : method
    const matched = router.match(path, wanted)
    const [layer] = matched.pathAndMethod
    const route =
      layer &&
      routes.find((candidate) => candidate.path === layer.path && candidate.method === wanted)
    if (layer && route) return { route, params: layer.params(path, layer.captures(path)) }
    if (matched.path.length > 0) {
      const allowed = [...new Set(matched.path.flatMap(({ methods }) => methods))].sort().join(', ')
      throw new GatewayError('method_not_allowed', `${path} takes ${allowed}, not ${method}.`, {
        details: { allow: allowed },
      })
    }
    throw routeNotFound(method, path, paths)
  }
}

function routeNotFound(method: string, path: string, paths: readonly string[]): GatewayError {
  const nearest = nearName(path, paths)
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`
  return new GatewayError('route_not_found', `There is no ${method} ${path.slice(0, 200)}.${hint}`)
}
