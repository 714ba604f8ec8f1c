import { HttpFailure, type Phase } from "./failure.ts";

const ADVICE = "The server, or something on the way to it, does not speak HTTP/1.1 correctly.";

/** The server broke the grammar: `what` is the rule it broke. */
export function malformed(what: string, phase: Phase = "headers"): HttpFailure {
  return new HttpFailure("malformed-response", { phase, reason: `the response is malformed: ${what}. ${ADVICE}` });
}

/** The response is well formed but costs more than it may: `what` says of which, and the limit. */
export function beyondLimit(what: string, phase: Phase): HttpFailure {
  return new HttpFailure("head-too-large", {
    phase,
    reason: `the response has ${what}, the limit here. The server sends too much, or for ever.`,
  });
}

/** Bytes from the network for a message: printable, quoted and cut. */
export function excerpt(text: string): string {
  const cut = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return JSON.stringify(cut).replace(/[\x7f-\xff]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}
