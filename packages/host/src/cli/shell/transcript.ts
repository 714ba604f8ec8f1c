import { isSecret, REDACTED, redactUrl } from "nodemcu-http/client";
import type { ClientResponse, Hooks, Informational } from "nodemcu-http/client";
import { headLines } from "./response-head.ts";

type Fields = Iterable<readonly [string, string]>;

/** Bytes that could steer a terminal are shown as numbers. */
const printable = (text: string): string =>
  text.replace(/[^\t\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);

function headText(mark: string, first: string, fields: Fields): string {
  const lines = Array.from(fields, ([name, value]) => `${name}: ${shown(name, value)}`);
  return [first, ...lines, ""].map((line) => `${`${mark} ${printable(line)}`.trimEnd()}\n`).join("");
}

function shown(name: string, value: string): string {
  if (isSecret(name)) return REDACTED;
  return /^(?:content-)?location$/i.test(name) ? redactUrl(value) : value;
}

function target(url: string): string {
  const { pathname, search } = new URL(redactUrl(url));
  return pathname + search;
}

/** What --verbose shows as requests go and answers come: heads as curl marks them, with `***` in the place of secrets. */
export function transcriptHooks(say: (text: string) => void): Hooks {
  return {
    beforeRequest: ({ method, url, headers }) => say(headText(">", `${method} ${target(url)} HTTP/1.1`, headers)),
    beforeRedirect: ({ status, to }) => say(`* ${status} redirects to ${printable(redactUrl(to))}\n`),
    beforeRetry: ({ repetition, delay, error, status }) =>
      say(`* again (${repetition}) in ${Math.round(delay)} ms: ${printable(error?.message ?? `status ${status}`)}\n`),
  };
}

/** An interim response. */
export const interimText = ({ status, headers }: Informational): string => headText("<", `HTTP/1.1 ${status}`, headers);

/** The response that counts, and the connection it came on. */
export function responseText(response: ClientResponse): string {
  const { peer, reused } = response.connection;
  const { status, fields } = headLines(response);
  const connection = peer ? `* ${peer.host} port ${peer.port}, ${reused ? "a connection that was open" : "a new connection"}\n` : "";
  return connection + headText("<", status, fields);
}
