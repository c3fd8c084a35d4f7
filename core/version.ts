import packageJson from '../package.json' with { type: 'json' }

/** The version of this Tapgate. */
export const version = packageJson.version
/** The Node it is made for. */
export const pinnedNode = packageJson.dependencies.node
