/**
 * Options that Node reads from what it is given for a socket or for TLS, prototype and all. Said here, a polluted Object.prototype cannot
 * say them.
 */
export const UNSET = {
  // Of streams.
  signal: undefined,
  objectMode: undefined,
  readableObjectMode: undefined,
  writableObjectMode: undefined,
  readable: undefined,
  writable: undefined,
  construct: undefined,
  read: undefined,
  write: undefined,
  writev: undefined,
  final: undefined,
  destroy: undefined,
  highWaterMark: undefined,
  encoding: undefined,
  // Of sockets.
  fd: undefined,
  handle: undefined,
  path: undefined,
  localPort: undefined,
  timeout: 0,
} as const;

/** More of them for TLS, beside its secure context. */
export const UNSET_TLS = {
  host: undefined,
  port: undefined,
  isServer: false,
  servername: undefined,
  session: undefined,
  pskCallback: undefined,
  enableTrace: undefined,
  requestOCSP: undefined,
  ALPNCallback: undefined,
  SNICallback: undefined,
} as const;
