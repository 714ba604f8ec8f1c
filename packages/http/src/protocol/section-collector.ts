import { GrowingBytes, latin1 } from "./bytes.ts";
import type { HttpFailure, Phase } from "./failure.ts";
import { CR, LF } from "./grammar.ts";
import { beyondLimit, malformed } from "./malformed.ts";

/** What is collected, and how much of it at most. */
export interface CollectorRules {
  /** `line`: up to the first line end. `section`: up to an empty line. */
  readonly until: "line" | "section";
  readonly lenient: boolean;
  readonly phase: Phase;
  /** The limit of the whole head, of which this may be a part: for people. */
  readonly maxHeadSize: number;
}

/**
 * Collects a line, or lines up to an empty one, from bytes that come in any pieces. When all of it is in one piece nothing is copied.
 */
export class SectionCollector {
  /** The text, with its line ends; for a section without the closing empty line. Valid once `push` has found the end. */
  text = "";
  readonly #rules: CollectorRules;
  #pending: GrowingBytes | undefined;
  #lineStart = 0;
  #limit: number;

  constructor(rules: CollectorRules, limit: number) {
    this.#rules = rules;
    this.#limit = limit;
  }

  /** Number of bytes collected, the closing line end included. */
  size = 0;

  /** Reads from `bytes[from]` on. Returns the index behind the end, or -1 when all bytes were taken and the end has not come. */
  push(bytes: Uint8Array, from: number): number {
    const before = this.#pending?.length ?? 0;
    if (this.#pending) this.#pending.append(bytes.subarray(from));
    const all = this.#pending?.view ?? bytes;
    const base = this.#pending ? 0 : from;
    const end = this.#find(all, base, base + before);
    if (end >= 0) return end - base - before + from;
    this.size = all.length - base;
    if (!this.#pending) {
      this.#pending = new GrowingBytes(Math.max(1024, this.size));
      this.#pending.append(bytes.subarray(from));
    }
    return -1;
  }

  /** Looks for the end from `scan` on, in bytes that begin at `base`; line starts are relative to `base`. */
  #find(bytes: Uint8Array, base: number, scan: number): number {
    const stop = Math.min(bytes.length, base + this.#limit);
    for (let at = scan; at < stop; at++) {
      if (bytes[at] !== LF) continue;
      const crlf = at > base + this.#lineStart && bytes[at - 1] === CR;
      if (!crlf && !this.#rules.lenient) throw malformed("a line ends in LF without CR", this.#rules.phase);
      const empty = at - base - this.#lineStart === (crlf ? 1 : 0);
      if (this.#rules.until === "line" || empty) return this.#finish(bytes, base, at + 1);
      this.#lineStart = at + 1 - base;
    }
    if (bytes.length - base >= this.#limit) throw this.#tooLarge();
    return -1;
  }

  #finish(bytes: Uint8Array, base: number, end: number): number {
    this.size = end - base;
    this.text = latin1(bytes, base, this.#rules.until === "line" ? end : base + this.#lineStart);
    return end;
  }

  #tooLarge(): HttpFailure {
    const { phase, maxHeadSize } = this.#rules;
    const where = phase === "body" ? "trailer section" : "head";
    return beyondLimit(`a ${where} that has not ended within ${maxHeadSize} bytes`, phase);
  }
}
