import type { Outcome, Run } from "./subject.ts";

/** Called once per request with what the body counted, or with the error. */
export type Done = (error: Error | undefined, counted: number) => void;

/** Makes one request; `lane` is below the concurrency, and a lane has one request at a time. */
export type Exchange = (lane: number, done: Done) => void;

/** A run that keeps `concurrency` lanes busy. Every subject pays the same few calls for it. */
export function inLanes(exchange: Exchange, expects: number): Run {
  return (count, concurrency) =>
    new Promise<Outcome>((resolve, reject) => {
      const latencies = new Float64Array(count);
      let started = 0;
      let finished = 0;
      const next = (lane: number): void => {
        if (started === count) return;
        started++;
        const before = performance.now();
        exchange(lane, (error, counted) => {
          if (error !== undefined) return reject(error);
          if (counted !== expects) return reject(new Error(`the body counts ${counted}, not ${expects}`));
          latencies[finished++] = performance.now() - before;
          if (finished === count) resolve({ latencies });
          else next(lane);
        });
      };
      for (let lane = 0; lane < concurrency; lane++) next(lane);
    });
}

/** The same for clients that promise. */
export function inPromisedLanes(exchange: (lane: number) => Promise<number>, expects: number): Run {
  return inLanes((lane, settle) => {
    exchange(lane).then(
      (counted) => settle(undefined, counted),
      (reason: unknown) => settle(reason instanceof Error ? reason : new Error("rejected without an error", { cause: reason }), 0),
    );
  }, expects);
}
