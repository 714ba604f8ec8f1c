import { object } from "./json-value.ts";
import { LINE, writeJson } from "./json-writer.ts";
import { TEAPOT } from "./pages.ts";
import { htmlReply, textReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { HttpbinRequest } from "./request.ts";
import type { Pairs } from "./url-text.ts";

interface Special {
  readonly headers: Pairs;
  readonly body?: string;
}

const redirect: Special = { headers: [["location", "/redirect/1"]] };
const unacceptable = object({
  message: "The client accepts none of the media types on offer.",
  accept: ["image/webp", "image/svg+xml", "image/jpeg", "image/png", "image/*"],
});

// Answers that are more than an empty page. None but 406 names a media type; 407 lacks Proxy-Authenticate, which httpbin's server drops.
const SPECIALS: ReadonlyMap<number, Special> = new Map<number, Special>([
  [301, redirect],
  [302, redirect],
  [303, redirect],
  [304, { headers: [] }],
  [305, redirect],
  [307, redirect],
  [401, { headers: [["WWW-Authenticate", 'Basic realm="Fake Realm"']] }],
  [402, { headers: [["x-more-info", "http://vimeo.com/22053820"]], body: "Payment comes first.\n" }],
  [406, { headers: [["Content-Type", "application/json"]], body: writeJson(unacceptable, LINE) }],
  [407, { headers: [] }],
  [418, { headers: [["x-more-info", "http://tools.ietf.org/html/rfc2324"]], body: TEAPOT }],
]);

/** The answer that httpbin gives under a status code. */
export function statusReply(status: number): Reply {
  const special = SPECIALS.get(status);
  return special === undefined ? htmlReply("", { status }) : { status, headers: special.headers, body: Buffer.from(special.body ?? "") };
}

interface Choice {
  readonly status: number;
  readonly weight: number;
}

/** One of `200` or `200:0.5`; undefined when it is neither. Codes under 200 announce another answer (RFC 9110 §15.2), so they are none. */
function readChoice(text: string): Choice | undefined {
  const [, code, weight = "1"] = /^([2-9][0-9]{2})(?::([0-9]+(?:\.[0-9]*)?|\.[0-9]+))?$/.exec(text) ?? [];
  return code === undefined ? undefined : { status: Number(code), weight: Number(weight) };
}

function drawByWeight(choices: readonly Choice[]): number {
  let rest = Math.random() * choices.reduce((sum, { weight }) => sum + weight, 0);
  const drawn = choices.find(({ weight }) => (rest -= weight) < 0);
  return (drawn ?? choices.at(-1))?.status ?? 200;
}

/** /status/CODES: one code, or one drawn from a list with optional weights. */
export function answerStatus(_request: HttpbinRequest, [codes = ""]: readonly string[]): Reply {
  const texts = codes.split(",");
  const choices = texts.map(readChoice).filter((choice) => choice !== undefined);
  const weightAlone = texts.length === 1 && codes.includes(":");
  return choices.length < texts.length || weightAlone
    ? textReply("Invalid status code", { status: 400 })
    : statusReply(drawByWeight(choices));
}
