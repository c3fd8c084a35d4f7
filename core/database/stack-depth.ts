/**
 * How deep PostgreSQL may nest (an expression, a JSON document). It should notice before JavaScript
 * runs out of stack: the one is an error, the other the end of the process.
 */
export const maxStackDepth = '1MB'

/** Starts Node with a stack, in KB, that mostly holds `maxStackDepth` in WebAssembly frames. */
export const stackSizeFlag = '--stack-size=3900'
