import { lookup } from "node:dns/promises";

/**
 * How this machine's resolver fails on a name that nobody has (RFC 6761 §6.4): with an answer, or, on a machine without any DNS server, with
 * the words to try again.
 */
export const UNKNOWN_NAME: "dns-not-found" | "dns-try-again" = await lookup("no-such-host.invalid").then(
  () => {
    throw new Error("this machine's resolver has an address for no-such-host.invalid; these tests need an honest one");
  },
  ({ code }: NodeJS.ErrnoException) => (code === "EAI_AGAIN" ? "dns-try-again" : "dns-not-found"),
);
