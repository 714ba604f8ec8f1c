const SIZE = 624;
const OFFSET = 397;
const WORD_BITS = 32n;
const WORD_MASK = 0xffffffffn;

/**
 * The generator MT19937 (Matsumoto and Nishimura, 1998) seeded as Python's `random.seed` does, so that a seeded /bytes gives
 * the bytes that httpbin gives.
 */
export class MersenneTwister {
  readonly #state: Uint32Array = new Uint32Array(SIZE);
  #index: number = SIZE;

  constructor(seed: bigint) {
    const key: number[] = [];
    for (let rest = seed < 0n ? -seed : seed; rest > 0n || key.length === 0; rest >>= WORD_BITS) key.push(Number(rest & WORD_MASK));
    this.#seedByArray(key);
  }

  /** A number from 0 to 255, as Python's `randint(0, 255)` draws it: nine bits at a time until they fit. */
  nextByte(): number {
    for (;;) {
      const bits = this.#nextWord() >>> 23;
      if (bits < 256) return bits;
    }
  }

  #at(index: number): number {
    return this.#state[index] ?? 0;
  }

  #mixed(index: number): number {
    return this.#at(index - 1) ^ (this.#at(index - 1) >>> 30);
  }

  #seedByNumber(seed: number): void {
    this.#state[0] = seed;
    for (let i = 1; i < SIZE; i++) this.#state[i] = Math.imul(1812433253, this.#mixed(i)) + i;
  }

  #seedByArray(key: readonly number[]): void {
    this.#seedByNumber(19650218);
    let i = 1;
    const advance = (): void => {
      if (++i < SIZE) return;
      this.#state[0] = this.#at(SIZE - 1);
      i = 1;
    };
    for (let k = 0, j = 0; k < Math.max(SIZE, key.length); k++, j = (j + 1) % key.length, advance()) {
      this.#state[i] = (this.#at(i) ^ Math.imul(this.#mixed(i), 1664525)) + (key[j] ?? 0) + j;
    }
    for (let k = 1; k < SIZE; k++, advance()) this.#state[i] = (this.#at(i) ^ Math.imul(this.#mixed(i), 1566083941)) - i;
    this.#state[0] = 0x80000000;
  }

  #refill(): void {
    for (let i = 0; i < SIZE; i++) {
      const joined = (this.#at(i) & 0x80000000) | (this.#at((i + 1) % SIZE) & 0x7fffffff);
      this.#state[i] = this.#at((i + OFFSET) % SIZE) ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    }
    this.#index = 0;
  }

  #nextWord(): number {
    if (this.#index === SIZE) this.#refill();
    let word = this.#at(this.#index++);
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }
}
