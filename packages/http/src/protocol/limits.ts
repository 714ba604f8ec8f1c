/** What a response may cost before it is refused. Sizes in bytes. Nothing is dropped silently: past a limit the response fails. */
export interface ResponseLimits {
  /** Status line and header section together, and a trailer section. Default 65 536. */
  readonly maxHeadSize: number;
  /** Field lines in one section. Default 256. */
  readonly maxFields: number;
  /** Interim (1xx) responses before the final one. Default 32. */
  readonly maxInterim: number;
  /** Bytes of all interim responses together. Default 65 536. */
  readonly maxInterimSize: number;
  /** Bytes of all chunk extensions of one message together. Default 16 384. */
  readonly maxExtensionSize: number;
  /** Head and body as received (chunk framing not counted). Default: none. */
  readonly maxMessageSize: number;
}

export const DEFAULT_LIMITS: ResponseLimits = {
  maxHeadSize: 65_536,
  maxFields: 256,
  maxInterim: 32,
  maxInterimSize: 65_536,
  maxExtensionSize: 16_384,
  maxMessageSize: Number.POSITIVE_INFINITY,
};
