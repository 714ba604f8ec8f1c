import { HttpFailure } from "../../protocol/index.ts";
import { onAbort } from "./abort.ts";
import type { Call } from "./call.ts";
import type { Deadlined } from "./deadlines.ts";
import { totalTimeout } from "./phase-timeouts.ts";

/** Waits for something that is no exchange, but not longer than the call lasts: its signal and its time end the wait with a failure. */
export function whileCallLasts<Result>(call: Call, step: Promise<Result>, where: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    const wait = new Wait(call, where, reject);
    step.then(resolve, reject).finally(() => wait.end());
  });
}

/** Waits so many milliseconds, as far as the call lasts. */
export function pause(call: Call, ms: number, where: string): Promise<void> {
  let cancel = (): void => {};
  const waited = new Promise<void>((resolve) => (cancel = call.setup.clock.after(ms, resolve)));
  return whileCallLasts(call, waited, where).finally(cancel);
}

class Wait implements Deadlined {
  readonly due: number;
  readonly #call: Call;
  readonly #where: string;
  readonly #fail: (failure: HttpFailure) => void;
  readonly #release: (() => void) | undefined;

  constructor(call: Call, where: string, fail: (failure: HttpFailure) => void) {
    this.due = call.due;
    this.#call = call;
    this.#where = where;
    this.#fail = fail;
    const { signal } = call;
    if (signal?.aborted) this.#abort(signal);
    else if (signal) this.#release = onAbort(signal, () => this.#abort(signal));
    call.setup.deadlines.watch(this);
  }

  expire(): void {
    this.#fail(totalTimeout(this.#call.setup.timeouts, this.#where));
    this.end();
  }

  end(): void {
    this.#release?.();
    this.#call.setup.deadlines.forget(this);
  }

  #abort({ reason }: AbortSignal): void {
    const failure = new HttpFailure("aborted", {
      phase: "request",
      reason: `the request was given up by its caller, ${this.#where}.`,
      cause: reason,
    });
    this.#fail(failure);
    this.end();
  }
}
