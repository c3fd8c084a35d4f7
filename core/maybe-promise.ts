/** What a handler returns that need not wait for anything. */
export type MaybePromise<T> = T | Promise<T>
