/**
 * What validation has to say of a body, and its text in the manner of the vendor's validation package (contract 4.4). Pure.
 */

/** About one field: a text, or what is wrong inside it. */
export type Complaint = string | Complaints
/** By field, or by index in a list. */
export type Complaints = ReadonlyMap<string, Complaint>

/** `folder: cannot be blank; items: (0: (data: must be encoded in Base64.).).`: fields in the order of their bytes. */
export function complaintText (complaints: Complaints): string {
  const texts = [...complaints].sort(([a], [b]) => a < b ? -1 : 1).map(([name, complaint]) => `${name}: ${typeof complaint === 'string' ? complaint : `(${complaintText(complaint)})`}`)
  return `${texts.join('; ')}.`
}
