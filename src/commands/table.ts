/**
 * Lists and facts as people read them.
 */

/** Rows under their headings, in columns; without rows the words of `none`. */
export function table (headings: readonly string[], rows: ReadonlyArray<readonly unknown[]>, none: string): string {
  if (rows.length === 0) return none
  const cells = [headings, ...rows.map((row) => row.map(show))]
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}

/** Names and values, one pair to a line. */
export function facts (pairs: ReadonlyArray<readonly [name: string, value: unknown]>): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${show(value)}`.trimEnd()).join('\n')
}

/** What tells that a list goes on. */
export function more (next: string | null): string {
  return next === null ? '' : `\nmore: --after ${next}`
}

function show (value: unknown): string {
  if (value === null || value === undefined) return '-'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
