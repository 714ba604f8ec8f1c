/** Time, injected: everything above takes it from here, so that a test can turn it by hand. */
export interface Clock {
  /** Milliseconds from any origin, with fractions; never goes back. */
  now(): number;
  /** Calls back once, not before `ms` have passed; the result cancels. */
  after(ms: number, callback: () => void): () => void;
  /** The same, without keeping the process alive. */
  later(ms: number, callback: () => void): () => void;
  /** Calls back after the I/O that is ready now has been handled. */
  afterIo(callback: () => void): void;
}

/** The longest that `setTimeout` waits, about 24.8 days; a longer time would fire at once. */
const MAX_TIMEOUT = 2_147_483_647;

/** The system's monotonic clock. A wall clock that jumps moves no timer. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, MAX_TIMEOUT));
    return () => clearTimeout(timer);
  },
  later(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, MAX_TIMEOUT)).unref();
    return () => clearTimeout(timer);
  },
  afterIo: (callback) => void setImmediate(callback),
};
