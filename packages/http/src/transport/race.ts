import type { Address } from "./connection.ts";
import type { Clock } from "./clock.ts";

/** One attempt in a race. */
export interface Attempt<Winner> {
  readonly address: Address;
  readonly result: Winner;
  /** Gives the attempt up. */
  cancel(): void;
}

/** Starts an attempt; calls `connected` or `failed` once, later. */
export type Start<Winner> = (
  address: Address,
  settle: { connected: () => void; failed: (error: NodeJS.ErrnoException) => void },
) => Attempt<Winner>;

/** How a race ends: a winner, or every address with its error. */
export interface RaceEnd<Winner> {
  readonly won: (attempt: Attempt<Winner>) => void;
  readonly lost: (errors: readonly NodeJS.ErrnoException[]) => void;
}

/** Connection Attempt Delay (RFC 8305 §5): milliseconds that an address has before the next one is tried beside it. */
const ATTEMPT_DELAY = 250;

function nothing(): void {}

/** Happy Eyeballs (RFC 8305 §5): an attempt per address, the next as soon as one fails or has been silent for 250 ms; the first to connect wins. */
export function race<Winner>(
  addresses: readonly Address[],
  start: Start<Winner>,
  rules: { clock: Clock; end: RaceEnd<Winner> },
): () => void {
  const running = new Set<Attempt<Winner>>();
  const errors: NodeJS.ErrnoException[] = [];
  let next = 0;
  let cancelDelay = nothing;

  const stop = (winner?: Attempt<Winner>): void => {
    next = addresses.length;
    cancelDelay();
    for (const attempt of running) if (attempt !== winner) attempt.cancel();
    running.clear();
  };
  const begin = (): void => {
    cancelDelay();
    const address = addresses[next++];
    if (!address) return;
    const attempt: Attempt<Winner> = start(address, {
      connected: () => {
        stop(attempt);
        rules.end.won(attempt);
      },
      failed: (error) => {
        running.delete(attempt);
        errors.push(error);
        if (next < addresses.length) begin();
        else if (running.size === 0) rules.end.lost(errors);
      },
    });
    running.add(attempt);
    if (next < addresses.length) cancelDelay = rules.clock.after(ATTEMPT_DELAY, begin);
  };
  begin();
  return () => stop();
}
