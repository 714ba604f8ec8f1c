import { HttpFailure } from "../../protocol/index.ts";
import { inflate, InflateError, inflating, type Coding, type InflateFault } from "../../system/index.ts";
import type { Answer, AnswerBody } from "../exchange/answer.ts";
import { codingsOf, decodeLimits, type Decompress } from "./content-codings.ts";

/** How far a body may be decoded. */
export interface DecodeLimits {
  readonly maxRatio: number;
  readonly maxCodings: number;
}

/** Decoded bytes that are allowed whatever the ratio: a log of one repeated line is no attack. */
const SMALL_OUTPUT = 16_777_216;

/** What a decoded body is made of. */
export interface Decoded {
  /** In the order in which they are undone; at least one. */
  readonly codings: readonly Coding[];
  /** Decoded bytes that may be collected as a whole. */
  readonly maximum: number;
  readonly limits: DecodeLimits;
  /** The failure with what is known of its request. */
  readonly explain: (failure: HttpFailure) => Error;
}

const FAULTS: Readonly<Record<Exclude<InflateFault, "too-large">, string>> = {
  truncated: "they end too early",
  corrupt: "they make no sense",
  trailing: "something else stands behind their end",
};

/**
 * The body of an answer as its reader gets it. What stands in a part (206) is a part of encoded bytes, of which only the program can make
 * something (RFC 9110 §14.2): it stays as it is.
 */
export function bodyOf({ head, body, exchange }: Answer, { options, maxBodySize }: BodyRules): AnswerBody {
  const encoding = head.fields.get("content-encoding");
  if (encoding === undefined || head.status === 206) return body;
  const limits = decodeLimits(options.decompress ?? true);
  const codings = limits ? codingsOf(encoding) : undefined;
  if (!limits || !codings?.length) return body;
  return decodedBody(body, { codings, maximum: maxBodySize, limits, explain: (failure) => exchange.explain(failure) });
}

/** What a reader allows. */
export interface BodyRules {
  readonly options: { readonly decompress?: Decompress | undefined };
  readonly maxBodySize: number;
}

type Pieces = AsyncGenerator<Uint8Array, void, undefined>;

/**
 * The same body without its codings. It behaves as the one it wraps: read once, slowed down by a slow reader, given up when it is left. Fails
 * with `content-encoding` for bytes that cannot be decoded, with `response-too-large` for more than may be decoded.
 */
export function decodedBody(inner: AnswerBody, decoded: Decoded): AnswerBody {
  return {
    get used(): boolean {
      return inner.used;
    },
    bytes: () => wholeOf(inner, decoded),
    chunks: () => piecesOf(inner, decoded),
    abandon: () => inner.abandon(),
  };
}

async function wholeOf(inner: AnswerBody, decoded: Decoded): Promise<Uint8Array> {
  refuseNesting(inner, decoded);
  let bytes = await inner.bytes();
  const allowed = allowedFor(bytes.length, decoded);
  const maximum = Math.min(decoded.maximum, allowed);
  try {
    // Each coding needs what the one before has made.
    for (const coding of decoded.codings) bytes = await inflate(coding, bytes, maximum);
    return bytes;
  } catch (error) {
    if (error instanceof InflateError && error.fault === "too-large" && maximum < allowed) throw tooLarge(decoded);
    throw failed(error, decoded);
  }
}

function piecesOf(inner: AnswerBody, decoded: Decoded): Pieces {
  const source = inner.chunks();
  const state = { left: false };
  const pieces = decode(inner, { source, decoded, state });
  const end = pieces.return.bind(pieces);
  // As the pieces of the body itself: who leaves while a piece is awaited leaves at once.
  pieces.return = (value) => {
    state.left = true;
    void source.return();
    return end(value);
  };
  return pieces;
}

interface Decode {
  readonly source: Pieces;
  readonly decoded: Decoded;
  readonly state: { left: boolean };
}

async function* decode(inner: AnswerBody, { source, decoded, state }: Decode): Pieces {
  refuseNesting(inner, decoded);
  const count = { encoded: 0 };
  let pieces: Pieces = counted(source, count);
  for (const coding of decoded.codings) pieces = limited(inflating(coding, pieces), { count, decoded });
  try {
    yield* pieces;
  } catch (error) {
    if (!state.left) throw failed(error, decoded);
  } finally {
    // Not the body: another reader may have it.
    await source.return();
  }
}

async function* counted(source: Pieces, count: { encoded: number }): Pieces {
  for await (const piece of source) {
    count.encoded += piece.length;
    yield piece;
  }
}

/** Every coding is limited, not only the last: what is in between costs as much. */
async function* limited(source: Pieces, { count, decoded }: { count: { readonly encoded: number }; decoded: Decoded }): Pieces {
  let made = 0;
  for await (const piece of source) {
    made += piece.length;
    if (made > allowedFor(count.encoded, decoded)) throw new InflateError("too-large");
    yield piece;
  }
}

const allowedFor = (encoded: number, { limits }: Decoded): number => Math.max(SMALL_OUTPUT, Math.max(1, encoded) * limits.maxRatio);

function refuseNesting(inner: AnswerBody, decoded: Decoded): void {
  const { codings, limits } = decoded;
  if (inner.used || codings.length <= limits.maxCodings) return;
  inner.abandon();
  const reason = `the body has ${codings.length} content codings on top of each other; ${limits.maxCodings} are allowed.`;
  throw decoded.explain(new HttpFailure("content-encoding", { phase: "body", reason }));
}

function tooLarge({ maximum, explain }: Decoded): Error {
  const reason = `the body is decoded larger than the ${maximum} bytes of maxBodySize. Raise it, or read the body piece by piece.`;
  return explain(new HttpFailure("response-too-large", { phase: "body", reason }));
}

/** What went wrong while decoding; every other error is one of the body itself, or the reader's. */
function failed(error: unknown, { codings, limits, explain }: Decoded): unknown {
  if (!(error instanceof InflateError)) return error;
  if (error.fault === "too-large") {
    const reason = `the body becomes more than ${limits.maxRatio} times larger when it is decoded, and more than ${SMALL_OUTPUT} bytes: it may be made to fill the memory. Raise decompress.maxRatio for a server that is trusted.`;
    return explain(new HttpFailure("response-too-large", { phase: "body", reason }));
  }
  const names = codings.toReversed().join(", ");
  const cause = error.cause === undefined ? {} : { cause: error.cause };
  const reason = `the bytes of the body cannot be decoded (Content-Encoding: ${names}): ${FAULTS[error.fault]}.`;
  return explain(new HttpFailure("content-encoding", { phase: "body", reason, ...cause }));
}
