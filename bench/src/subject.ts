import type { Upload } from "./upload.ts";
import type { Work } from "./work.ts";

/** What a subject is to ask for, and where. */
export interface Target {
  readonly work: Work;
  /** Without a path: `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** With the path of the work. */
  readonly url: string;
  /** Makes the body of one request; undefined for a GET. */
  readonly upload: () => Upload | undefined;
}

/** What a number of requests told. */
export interface Outcome {
  /** Milliseconds of each request. */
  readonly latencies: Float64Array;
  /** Milliseconds in all, from a subject that knows better than the clock around `run`. */
  readonly wall?: number;
}

/** Makes `count` requests, never more than `concurrency` at once; rejects when one fails or its body is not what the work expects. */
export type Run = (count: number, concurrency: number) => Promise<Outcome>;

/** An HTTP client under measurement. Its file lies in `subjects/` and imports the client itself only inside `setup`. */
export interface Subject {
  readonly name: string;
  /** What the reader is to compare the others with. */
  readonly ours?: true;
  /** Its entry in the dependencies, for the version. */
  readonly dependency?: string;
  readonly does: (work: Work) => boolean;
  /** Called once in the subject's own process. */
  readonly setup: (target: Target) => Promise<Run>;
}
