/**
 * What a completed task leaves when its script says nothing of it, by kind; placeholders stand for what its starting call gave, or, when the
 * control plane started it, for the documented values (contract 7.1 and 7.4).
 */
import type { Json } from '../../simulator/script.js'

/** A payment to or from a skywallet. */
const PAID: Json = { TotalCoins: '{amount:2}', TotalAuthentic: '{amount:2}', TotalFracked: 0, TotalCounterfeit: 0, TotalLimbo: 0, Details: null, Coins: null }

/** Kinds that are not here leave null, or what their check of coins says. */
export const USUAL_RESULTS: Readonly<Record<string, Json>> = {
  transfer: { amount: '{amount:2}' },
  'locker-deposit': { transmit_code: '{transmit_code:AAC-WS5I-F90000000E}', receipt_id: '{receipt}', total_stored: '{amount:20}', total_failed: 0 },
  'locker-verify': { total: 20, coins: [{ sn: 16 }] },
  'locker-retrieve': { total: '{total:20}', receipt_id: '{receipt}' },
  fix: { total_fixed: '{total_fixed:0}', total_errors: 0, total_skipped: '{total_skipped:0}', total_fixes_made: '{total_fixes_made:0}', total_fixes_failed: 0 },
  backup: { TotalCoins: '{total:3000000020}', FileName: '{folder:/coins}/{total:3000000020}.Backup.{tag:CC}.{finished}.zip' },
  freecoin: { Sn: 26001, Ans: Array.from({ length: 25 }, () => '{hex32}') },
  join: 'OK',
  deposit: PAID,
  withdraw: PAID,
  skytransfer: PAID,
  skywallets: [],
  showpayment: { guid: '{guid:76d65e205f13bd8825abfb0c7758bbc7}', type: 1, amount: 1, balance: 1, time: '{finished}', memo: '', owner: 2 },
}
