import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { UTF8_PAGE } from "./pages.ts";
import { PRETTY, writeJson } from "./json-writer.ts";
import { report } from "./report.ts";
import { errorReply, htmlReply, typedReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { HttpbinRequest } from "./request.ts";
import { utf8Text } from "./text.ts";

interface Coding {
  /** The content coding (RFC 9110 §8.4.1). */
  readonly name: string;
  /** The member of the answer that says so. */
  readonly flag: string;
  readonly compress: (bytes: Buffer) => Uint8Array;
}

function compressed(request: HttpbinRequest, { name, flag, compress }: Coding): Reply {
  const answer = report(request, ["origin", "headers", "method"]).set(flag, true);
  const body = compress(Buffer.from(`${writeJson(answer, PRETTY)}\n`));
  return typedReply({ type: "application/json", body }, { headers: [["Content-Encoding", name]] });
}

/** /gzip */
export const answerGzip = (request: HttpbinRequest): Reply => compressed(request, { name: "gzip", flag: "gzipped", compress: gzipSync });

/** /deflate, which is the zlib format (RFC 9110 §8.4.1.2). */
export const answerDeflate = (request: HttpbinRequest): Reply =>
  compressed(request, { name: "deflate", flag: "deflated", compress: deflateSync });

/** /brotli */
export const answerBrotli = (request: HttpbinRequest): Reply =>
  compressed(request, { name: "br", flag: "brotli", compress: brotliCompressSync });

/** /encoding/utf8 */
export const answerUtf8 = (): Reply => htmlReply(UTF8_PAGE);

/** /base64/VALUE, in either alphabet of RFC 4648, padded or not. */
export function answerBase64(_request: HttpbinRequest, [value = ""]: readonly string[]): Reply {
  const text = /^[A-Za-z0-9+/_-]*={0,2}$/.test(value) ? utf8Text(Buffer.from(value, "base64")) : undefined;
  return text === undefined ? errorReply(400, "The value must be base64 of UTF-8 text.") : htmlReply(text);
}
