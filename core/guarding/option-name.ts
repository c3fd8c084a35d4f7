/** `match_type` as the config file writes it. */
export function toOption(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
