/** Rows that are written together: a text without a newline, and how many they are. */
export interface RowGroup {
  readonly text: string
  readonly count: number
}

/** How rows of a table are written into a group, and told apart again. */
export interface RowFormat<Row> {
  /** About how many characters a row will have. */
  lengthOf(row: Row): number
  /** What stands between two rows. */
  readonly separator: string
  /** The text of a group. */
  join(rows: readonly Row[]): string
  /** The rows of a group, each as the text of a group of its own. */
  split(text: string): readonly string[]
}
