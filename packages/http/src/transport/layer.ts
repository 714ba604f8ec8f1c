/** What carries bytes: a socket, or something that speaks a protocol over one. */
export interface Carrier {
  /** False: wait for the drain before sending more. `done` is called when the bytes have left, or with what kept them. */
  write(bytes: Uint8Array, done?: (error?: Error | null) => void): boolean;
  pause(): unknown;
  resume(): unknown;
  /** Ends this direction behind what is written. */
  end(done?: () => void): unknown;
  destroy(): unknown;
}

/** A carrier on top of another one, which hands up to it what it reads. */
export interface Layer extends Carrier {
  write(data: Uint8Array | string, done?: (error?: Error | null) => void): boolean;
  /** Bytes from below; they are used up, or copied, before this returns. */
  receive(bytes: Uint8Array): void;
  /** Below, the peer has ended. */
  receiveEnd(): void;
}
