interface StartSettings {
  readonly NODE_FLAGS: readonly string[]
  readonly C_LIBRARY: Readonly<Record<string, string>>
}

const settings = new URL('../../config/start-settings.mjs', import.meta.url).href

/** What `npm start` gives to Node and to the C library, so that what is measured is what is used. */
export const { NODE_FLAGS, C_LIBRARY } = (await import(settings)) as StartSettings
