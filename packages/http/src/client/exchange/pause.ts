import { HttpFailure, type Phase } from "../../protocol/index.ts";
import { onAbort } from "./abort.ts";
import type { Call } from "./call.ts";
import { totalTimeout } from "./phase-timeouts.ts";

/** What a call is doing while it waits for something that is no exchange, for the words of its failure. */
export interface Whereabouts {
  readonly phase: Phase;
  /** Such as "while …". */
  readonly words: string;
}

/** Waits for something that is no exchange, but not longer than the call lasts: its signal and its time end the wait with a failure. */
export function whileCallLasts<Result>(call: Call, step: Promise<Result>, where: Whereabouts): Promise<Result> {
  return new Promise((resolve, reject) => {
    const wait = new Wait(call, where, reject);
    wait.begin();
    // Also when the call has ended meanwhile: what fails then must not end the program.
    step.then(resolve, reject).finally(() => wait.end());
  });
}

/** Waits so many milliseconds, as far as the call lasts. */
export function pause(call: Call, ms: number, where: Whereabouts): Promise<void> {
  let cancel: (() => void) | undefined;
  const waited = new Promise<void>((resolve) => (cancel = call.setup.clock.after(ms, resolve)));
  return whileCallLasts(call, waited, where).finally(() => cancel?.());
}

/** Has a timer of its own: what a program does in the meantime need not keep its process alive, and its call is to end all the same. */
class Wait {
  readonly #call: Call;
  readonly #where: Whereabouts;
  readonly #fail: (failure: HttpFailure) => void;
  #release: (() => void) | undefined;
  #cancel: (() => void) | undefined;

  constructor(call: Call, where: Whereabouts, fail: (failure: HttpFailure) => void) {
    this.#call = call;
    this.#where = where;
    this.#fail = fail;
  }

  begin(): void {
    const { signal, due, setup } = this.#call;
    if (signal?.aborted) return this.#abort(signal);
    if (signal) this.#release = onAbort(signal, () => this.#abort(signal));
    if (due === Number.POSITIVE_INFINITY) return;
    const { clock } = setup;
    // When this thread was busy the step may be done: what is ready comes first, then the verdict.
    this.#cancel = clock.after(Math.max(0, due - clock.now()), () => clock.afterIo(() => this.#expire()));
  }

  end(): void {
    this.#release?.();
    this.#cancel?.();
  }

  #expire(): void {
    this.#fail(totalTimeout(this.#call.setup.timeouts, this.#where));
    this.end();
  }

  #abort({ reason }: AbortSignal): void {
    const { phase, words } = this.#where;
    this.#fail(new HttpFailure("aborted", { phase, reason: `the request was given up by its caller, ${words}.`, cause: reason }));
    this.end();
  }
}
