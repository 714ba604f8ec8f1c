import type { OptionTable } from "../options.ts";

/** The commands that make one request each; `request` takes its method from the command line. */
export const SHELL_VERBS = ["get", "head", "post", "put", "delete", "request"] as const;

export type ShellVerb = (typeof SHELL_VERBS)[number];

/** The options of those commands. Where curl has an option for it, the name and the letter are curl's. */
export const SHELL_OPTIONS: OptionTable = {
  output: { short: "o", value: "FILE", help: "write the body to FILE, whole or not at all; - is stdout, also when that is a terminal" },
  "remote-name": { short: "O", help: "the same, to a file named as the end of the URL's path" },
  "continue-at": { short: "C", help: "keep what has come of FILE when the transfer breaks, and go on from there" },
  include: { short: "i", help: "write the response's head before the body" },
  header: { short: "H", value: "'NAME: VALUE'", help: "send this header; may be repeated. @FILE: one from each line of FILE" },
  data: {
    short: "d",
    value: "DATA",
    help: "send DATA, as a form unless a header says otherwise; @FILE the bytes of FILE, - those of stdin. Repeated texts are joined by &",
  },
  json: { value: "JSON", help: "send JSON, and ask for it; @FILE and - as in --data" },
  request: { short: "X", value: "METHOD", help: "the method, with the command request; GET unless given, POST with a body" },
  location: { short: "L", help: "follow redirects" },
  "max-redirs": { value: "NUMBER", help: "redirects to follow at most; 20 unless given" },
  user: { short: "u", value: "USER:PASSWORD", help: "Basic authentication" },
  digest: { help: "Digest in place of Basic authentication" },
  bearer: { value: "TOKEN", help: "Bearer authentication" },
  fail: { short: "f", help: "a status of 400 and above is an error, without its body: exit 22" },
  retry: { value: "NUMBER", help: "try again so many times after a failure that may pass, for methods that may be repeated" },
  "max-time": { short: "m", value: "DURATION", help: "for all of it; unlimited unless given, as long as something moves" },
  "connect-timeout": { value: "DURATION", help: "for each of the lookup, the connection and the TLS handshake; 10s unless given" },
  "max-filesize": { value: "BYTES", help: "give up a body that is larger, with k, M or G for 1024ths: exit 63" },
  raw: { help: "do not ask for compression, and decode nothing" },
  compressed: { help: "ask for compression and decode it: the default" },
  insecure: { short: "k", help: "do not verify the server's certificate" },
  cacert: { value: "FILE", help: "trust the certificates (PEM) in FILE, in place of the built-in ones" },
  cert: { short: "E", value: "FILE", help: "the client's certificate (PEM); its key may be in the same file" },
  key: { value: "FILE", help: "the client's private key (PEM)" },
  pinnedpubkey: { value: "sha256//HASH", help: "the public key that the server's certificate must have; several are joined by ;" },
  proxy: {
    short: "x",
    value: "URL",
    help: "http://, https:// or socks5://; environment: what http_proxy, https_proxy, all_proxy and no_proxy say",
  },
  "connect-to": { value: "HOST1:PORT1:HOST2:PORT2", help: "connect to HOST2:PORT2 instead of HOST1:PORT1; may be repeated" },
  resolve: { value: "HOST:PORT:ADDRESS", help: "the address of HOST, for that port; may be repeated" },
  timing: { help: "show how long each phase took, on stderr" },
  har: { value: "FILE", help: "write the exchanges to FILE as HAR 1.2, without secrets; also when the request fails" },
  verbose: { short: "v", help: "show the heads of requests and responses on stderr, without secrets" },
  silent: { short: "s", help: "no progress and no errors on stderr" },
  "show-error": { short: "S", help: "errors on stderr even with --silent" },
};
