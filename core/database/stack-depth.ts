/**
 * How deep PostgreSQL may nest (an expression, a JSON document). It must notice before JavaScript
 * runs out of stack, for PGlite does not survive that: it hangs, or answers with no rows.
 */
export const maxStackDepth = '1MB'

/** Starts Node with a stack, in KB, that holds `maxStackDepth` in WebAssembly frames. */
export const stackSizeFlag = '--stack-size=3900'
