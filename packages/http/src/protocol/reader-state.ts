import { HttpFailure, type Phase } from "./failure.ts";

/** Where in the response the next byte belongs. `failed` after an error was thrown. */
export type ReaderState = "start" | "status-line" | "fields" | "length" | "chunks" | "trailers" | "until-close" | "complete" | "failed";

/** The states in which a response can be cut short. */
export type OpenState = Exclude<ReaderState, "complete" | "failed">;

/** For every open state: the phase it belongs to, and where that is, for people. */
const PLACES: Readonly<Record<OpenState, { readonly phase: Phase; readonly where: string }>> = {
  start: { phase: "headers", where: "in the status line" },
  "status-line": { phase: "headers", where: "in the status line" },
  fields: { phase: "headers", where: "in the header fields" },
  length: { phase: "body", where: "in the body" },
  chunks: { phase: "body", where: "in the chunked body" },
  trailers: { phase: "body", where: "in the trailer fields" },
  "until-close": { phase: "body", where: "in a body that ends with the connection, which was cut" },
};

/** How far a response had come when it ended. */
export interface Progress {
  /** Not one byte of an answer had come, not even an interim response. */
  readonly nothing: boolean;
  /** Of a body with a length: its bytes, and how many of them had not come. */
  readonly body: { readonly length: number; readonly missing: number } | undefined;
}

/** The server sent no more although the response was not complete. */
export function closedEarly(state: OpenState, progress: Progress): HttpFailure {
  return new HttpFailure("closed-early", {
    phase: PLACES[state].phase,
    reason: `the server closed the connection ${when(state, progress)}`,
  });
}

function when(state: OpenState, { nothing, body }: Progress): string {
  if (nothing) return "without an answer. It may have crashed, or it speaks another protocol.";
  if (body) return `after ${body.length - body.missing} of ${body.length} bytes of the body.`;
  return `in the middle of the response (${PLACES[state].where}).`;
}
