/**
 * Rows as CSV (RFC 4180; cognigy contract, 5.2.6). Loaded when somebody asks for CSV.
 */
import { stringify } from 'csv-stringify/sync'
import type { Json, JsonObject } from '../../simulator/script.js'

/** A header row and one row per record, each ended by CRLF. */
export function toCsv (columns: readonly string[], records: readonly JsonObject[]): string {
  const rows = records.map((record) => columns.map((column) => cell(record[column] ?? null)))
  // Said again because a delimiter of one's own turns off the quoting of bare line ends.
  return stringify([[...columns], ...rows], { record_delimiter: '\r\n', quote_record_delimiter: true })
}

function cell (value: Json): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
