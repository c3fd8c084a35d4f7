/**
 * A text for people in which every `"tapgate keys list"` can be typed as it is: nothing installs
 * a program of that name, npm runs it from the folder it is in.
 */
export function runnable(text: string): string {
  return text.replaceAll(/"tapgate ([^"]*)"/g, '"npm run tapgate -- $1"')
}
