/** What a question finds, and what it is judged by: one shape, so that all questions print one kind of table. */

/** What a figure ought to reach. */
export interface Target {
  readonly bound: 'least' | 'most'
  readonly value: number
}

export function atLeast (value: number): Target {
  return { bound: 'least', value }
}

export function atMost (value: number): Target {
  return { bound: 'most', value }
}

export interface Figure {
  readonly what: string
  readonly unit: string
  readonly pollux: number
  /** Who was measured in the same rounds. */
  readonly beside?: string
  readonly besideValue?: number
  /** Pollux's to the other's: the median over rounds, because what disturbs a machine disturbs neighbours alike. */
  readonly ratio?: number
  /** Processor time of the server per request, and the other's to Pollux's. */
  readonly cpuMicros?: number
  readonly cpuRatio?: number
  readonly target?: string
  /** `rate only`, `CPU only`: where the client is the bottleneck the two differ. */
  readonly reached?: 'yes' | 'no' | 'rate only' | 'CPU only'
}

/** An answer: figures, and what has to be known to read them. */
export interface Answer {
  readonly figures: readonly Figure[]
  readonly notes: readonly string[]
}

/** The target as it is shown, and whether the value is within it. */
export function judged (target: Target, value: number): Required<Pick<Figure, 'target' | 'reached'>> {
  return { target: shownTarget(target), reached: isWithin(target, value) ? 'yes' : 'no' }
}

/** The same for a rate that was measured in two ways: requests per second, and processor time per request. */
export function judgedTwice (target: Target, ratio: number, cpuRatio: number): Required<Pick<Figure, 'target' | 'reached'>> {
  const byRate = isWithin(target, ratio)
  const byCpu = isWithin(target, cpuRatio)
  return { target: shownTarget(target), reached: byRate && byCpu ? 'yes' : byRate ? 'rate only' : byCpu ? 'CPU only' : 'no' }
}

function isWithin ({ bound, value: limit }: Target, value: number): boolean {
  return bound === 'least' ? value >= limit : value <= limit
}

function shownTarget ({ bound, value }: Target): string {
  return `${bound === 'least' ? '>=' : '<='} ${Number(value.toFixed(2))}`
}

/** Headings of the table, by column; a column that no figure fills is left out. */
const COLUMNS: Readonly<Record<keyof Figure, string>> = {
  what: 'what', unit: 'unit', pollux: 'Pollux', beside: 'beside', besideValue: '', ratio: 'ratio', cpuMicros: 'CPU us', cpuRatio: 'CPU ratio', target: 'target', reached: 'reached',
}

/** The figures as lines of text. */
export function tableOf (figures: readonly Figure[]): string {
  // The keys of COLUMNS are those of Figure.
  const columns = (Object.keys(COLUMNS) as Array<keyof Figure>).filter((column) => figures.some((figure) => figure[column] !== undefined))
  const rows = [columns.map((column) => COLUMNS[column]), ...figures.map((figure) => columns.map((column) => shown(figure[column])))]
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  return rows.map((row) => row.map((cell, index) => isNumeric(columns[index], figures) ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)).join('  ').trimEnd()).join('\n')
}

function isNumeric (column: keyof Figure | undefined, figures: readonly Figure[]): boolean {
  return column !== undefined && figures.some((figure) => typeof figure[column] === 'number')
}

function shown (value: string | number | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  if (Number.isNaN(value)) return '-'
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)
}

/** The figure with its numbers as exact as they are worth. */
export function rounded (figure: Figure): Figure {
  return Object.fromEntries(Object.entries(figure).map(([key, value]) => [key, typeof value === 'number' ? Number(value.toPrecision(4)) : value])) as unknown as Figure // its own keys and kinds of value
}
