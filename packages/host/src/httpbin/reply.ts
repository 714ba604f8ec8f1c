import { writeJson, PRETTY } from "./json-writer.ts";
import type { Json } from "./json-value.ts";
import { escapeHtml } from "./text.ts";
import type { Pairs } from "./url-text.ts";

/** An answer before it is framed for the wire. */
export interface Reply {
  /** 200 to 999. */
  readonly status: number;
  /** In the order they are sent; Content-Length, Date, Connection and the CORS fields are added by the sender. */
  readonly headers: Pairs;
  /** Whole, or in pieces: those go out as they come. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** The parts of an answer that have a default. */
export interface ReplyOptions {
  /** 200 unless set. */
  readonly status?: number;
  /** Sent after Content-Type. */
  readonly headers?: Pairs;
}

interface TypedBody {
  readonly type: string;
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** An answer of any media type. */
export function typedReply({ type, body }: TypedBody, { status = 200, headers = [] }: ReplyOptions = {}): Reply {
  return { status, headers: [["Content-Type", type], ...headers], body: typeof body === "string" ? Buffer.from(body) : body };
}

/** JSON in httpbin.org's layout, with a line feed at its end. */
export const jsonReply = (value: Json, options?: ReplyOptions): Reply =>
  typedReply({ type: "application/json", body: `${writeJson(value, PRETTY)}\n` }, options);

/** Text under Flask's default media type, which is HTML. */
export const htmlReply = (body: string, options?: ReplyOptions): Reply => typedReply({ type: "text/html; charset=utf-8", body }, options);

/** Plain text. */
export const textReply = (body: string, options?: ReplyOptions): Reply => typedReply({ type: "text/plain; charset=utf-8", body }, options);

/** A page that explains an error. */
export const errorReply = (status: number, explanation: string, headers: Pairs = []): Reply =>
  htmlReply(`<!doctype html>\n<title>${status}</title>\n<p>${escapeHtml(explanation)}</p>\n`, { status, headers });

/** A redirection with a page that names its target. */
export function redirectReply(location: string, headers: Pairs = []): Reply {
  const link = escapeHtml(location);
  const page = `<!doctype html>\n<title>Redirecting</title>\n<p>See <a href="${link}">${link}</a>.</p>\n`;
  return htmlReply(page, { status: 302, headers: [["Location", location], ...headers] });
}
