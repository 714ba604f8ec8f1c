/** What is left of an unwanted body is read when it is no more than this; reconnecting would cost more. */
const DRAINED = 65_536;

/** Milliseconds that an unwanted body may take from one piece to the next. */
export const DRAIN_TIME = 1000;

/** Whether a body of which so many bytes are known to come is read to its end rather than cut off. */
export const isDrainable = (missing: number): boolean => missing <= DRAINED;

/** The rest of an unwanted body as it comes. */
export class Drain {
  #left = DRAINED;

  /** False when it is more than will be read. */
  take(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }
}
