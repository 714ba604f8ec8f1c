/** One of the five calls, or any method through `request`. */
export type Operation = "get" | "post" | "put" | "delete" | "request";

/** A call to make, with what the subject is set up with. */
export interface Call {
  readonly operation: Operation;
  readonly url: string;
  /** For `request` alone. */
  readonly method?: string;
  /** Header lines; undefined: nil. */
  readonly headers?: string | undefined;
  /** Bytes; undefined: nil. */
  readonly body?: Uint8Array | undefined;
  /** False: no callback is given. */
  readonly callback?: boolean;
}

/** What a subject is set up with. */
export interface Setup {
  /** Bytes that a response may have. */
  readonly memory?: number;
  readonly connectTo?: Readonly<Record<string, string>>;
  /** Certificates to trust, and to check against. */
  readonly ca?: string;
}

/** What came of one call. */
export interface Outcome {
  /** How often the callback was called. */
  readonly calls: number;
  /** Whether it was called before the call had returned. */
  readonly early: boolean;
  /** What the call returned, as text. */
  readonly returned: string;
  readonly code: number | undefined;
  readonly data: Buffer | undefined;
  readonly headers: ReadonlyMap<string, string> | undefined;
  /** The code of the failure. */
  readonly failure: string | undefined;
  /** Why it failed, in words. */
  readonly reason: string | undefined;
  /** The codes of what was reported beside the callback. */
  readonly diagnostics: readonly string[];
}

/** A way to the http module: from TypeScript, or from device Lua. */
export interface Subject {
  readonly name: string;
  /** Makes the calls at once, in order, and waits until all of them are over. */
  call(setup: Setup, calls: readonly Call[]): Promise<Outcome[]>;
}

/** The outcome of a single call. */
export async function callOne(subject: Subject, call: Call, setup: Setup = {}): Promise<Outcome> {
  const [outcome] = await subject.call(setup, [call]);
  if (!outcome) throw new Error(`${subject.name} gave no outcome`);
  return outcome;
}
