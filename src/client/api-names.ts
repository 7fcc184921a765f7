/**
 * The names of the emulated APIs, as the client's types know them.
 */
export const API_NAMES = ['connect', 'svix', 'cognigy', 'cloudcoin'] as const
export type ApiName = typeof API_NAMES[number]
