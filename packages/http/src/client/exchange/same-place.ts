import type { HttpUrl } from "../../protocol/index.ts";

/**
 * Whether two URLs have the same host and port. A redirect's URL comes as the URL standard writes it: in lower case, addresses in their one
 * form; the URL that a call began with stands as the program wrote it.
 */
export const isSamePlace = (one: HttpUrl, other: HttpUrl): boolean =>
  one.port === other.port && (one.host === other.host || new URL(one.href).hostname === new URL(other.href).hostname);
