/** What `gateway.config.ts` imports beside its plugins. */
export { defineConfig, type Config } from './define-config.ts'
export { env } from './env.ts'
