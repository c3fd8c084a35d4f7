/** Rows in columns that line up. Columns named in `numbers` stand on the right. */
export function inColumns(
  rows: readonly (readonly string[])[],
  numbers: readonly number[] = [],
): string {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  const widths = (rows[0] ?? []).map((_cell, column) => width(column))
  const pad = (cell: string, column: number): string =>
    numbers.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}
