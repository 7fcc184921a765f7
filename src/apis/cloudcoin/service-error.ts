/**
 * The vendor's numbered errors: the same numbers and texts whether a call is refused at once or the task that it started fails (contract 6).
 */
import { complaintText, type Complaints } from './complaints.js'

/** An error with one of the vendor's numbers. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: number
  constructor (code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** The number of a path that is none: its reply alone is open to all origins. */
export const SERVICE_NOT_FOUND = 4154

export function taskDoesNotExist (): ServiceError {
  return new ServiceError(4105, 'Task does not exist')
}

/** What is no JSON, or has values of other types than the call takes. */
export function undecodable (): ServiceError {
  return new ServiceError(4110, 'Failed to parse Input JSON')
}

export function invalid (complaints: Complaints): ServiceError {
  return new ServiceError(4121, `Validation error. ${complaintText(complaints)}`)
}

export function invalidTaskId (): ServiceError {
  return invalid(new Map([['Id', 'must be a valid UUID v4']]))
}

export function serviceNotFound (): ServiceError {
  return new ServiceError(SERVICE_NOT_FOUND, 'Service Not Found. Invalid URL')
}

export function walletExists (): ServiceError {
  return new ServiceError(4114, 'Wallet already exists')
}

export function walletNotFound (): ServiceError {
  return new ServiceError(4115, 'Wallet not found')
}

/** Pollux keeps no skywallets, so every call about one ends in this, as on a server that never had one. */
export function skywalletNotFound (): ServiceError {
  return new ServiceError(4115, 'SkyWallet ID coin not found')
}

/** What deleting a skywallet says instead. */
export function skywalletToDeleteNotFound (): ServiceError {
  return new ServiceError(4115, 'SkyWallet not found')
}

export function walletNotEmpty (): ServiceError {
  return new ServiceError(4116, 'Wallet not empty')
}

export function receiptMissing (receipt: string, wallet: string): ServiceError {
  return new ServiceError(4197, `Receipt ${receipt} does not exist for wallet ${wallet}`)
}

const FOREIGN = 'Failed to find the Unpacker to decode this data'

export function foreignData (): ServiceError {
  return new ServiceError(4123, `Failed to unpack: ${FOREIGN}`)
}

/** The same, met by a task that imports. */
export function foreignCoin (): ServiceError {
  return new ServiceError(4123, `Failed to unpack a coin: ${FOREIGN}`)
}

export function notEnoughCoins (): ServiceError {
  return new ServiceError(4135, 'Not enough CloudCoins')
}

/** Nothing to work on; `what` is `to detect`, `to import` or `in locker`. */
export function noCoins (what: 'to detect' | 'to import' | 'in locker'): ServiceError {
  return new ServiceError(4192, `No coins ${what}`)
}

export function suspectMixed (): ServiceError {
  return new ServiceError(4208, 'Suspect item can\'t be mixed with others')
}

export function fileMissing (path: string): ServiceError {
  return new ServiceError(4097, `Failed to read file: open ${path}: no such file or directory`)
}

export function folderMissing (path: string): ServiceError {
  return new ServiceError(4193, `Failed to stat folder stat ${path}: no such file or directory`)
}
