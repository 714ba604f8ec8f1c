import type { Work } from "./work.ts";

/** What a worker is started with, as JSON in its only argument. */
export interface Assignment {
  readonly subject: string;
  readonly work: Work;
  readonly origin: string;
}

/** Asks a worker for requests: until `milliseconds` have passed, or `count` of them under measurement. */
export type Order = { readonly warm: { readonly milliseconds: number } } | { readonly measure: { readonly count: number } };

/** One measurement; times are milliseconds per request. */
export interface Sample {
  readonly count: number;
  readonly wall: number;
  /** User and system time of the process; undefined where the work is done in another one. */
  readonly cpu: number | undefined;
  readonly p50: number;
  readonly p99: number;
}

/** What a worker answers; bytes are the peak of the resident set so far. */
export type Report =
  | { readonly kind: "ready"; readonly memory: number }
  | { readonly kind: "warm"; readonly perRequest: number }
  | { readonly kind: "sample"; readonly sample: Sample; readonly memory: number }
  | { readonly kind: "failed"; readonly reason: string };
