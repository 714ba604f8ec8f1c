import { HttpFailure, type FailureCode, type Phase } from "../protocol/index.ts";

/** What an errno means for the user. */
interface Meaning {
  readonly code: FailureCode;
  readonly says: string;
}

const DNS: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: {
    code: "dns-not-found",
    says: "has no address (ENOTFOUND). Check the name's spelling, and that this machine's DNS knows it.",
  },
  ENODATA: { code: "dns-not-found", says: "has no address (ENODATA). Check the name's spelling, and that this machine's DNS knows it." },
  EAI_AGAIN: {
    code: "dns-try-again",
    says: "could not be looked up for now (EAI_AGAIN): no DNS server answered. Check the network, or try again.",
  },
};

const CONNECT: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: { code: "connect-refused", says: "refused the connection (ECONNREFUSED). Is a server listening on that port?" },
  ECONNRESET: { code: "connection-reset", says: "reset the connection (ECONNRESET) while it was being made." },
  EHOSTUNREACH: { code: "connect-unreachable", says: "cannot be reached (EHOSTUNREACH): no route to that host." },
  ENETUNREACH: { code: "connect-unreachable", says: "cannot be reached (ENETUNREACH): no route to that network." },
  EHOSTDOWN: { code: "connect-unreachable", says: "cannot be reached (EHOSTDOWN)." },
  ENETDOWN: { code: "connect-unreachable", says: "cannot be reached (ENETDOWN): this machine's network is down." },
  ETIMEDOUT: { code: "connect-timeout", says: "did not answer (ETIMEDOUT). It is off, or a firewall drops what is sent to it." },
  EADDRNOTAVAIL: {
    code: "connect-address",
    says: "cannot be used from here (EADDRNOTAVAIL): no local address or port is left, or the address is none to connect to.",
  },
  EINVAL: { code: "connect-address", says: "is no address to connect to (EINVAL)." },
  EACCES: { code: "connect-address", says: "may not be connected to (EACCES): this machine forbids it." },
  EPERM: { code: "connect-address", says: "may not be connected to (EPERM): this machine forbids it." },
  EMFILE: {
    code: "connect-descriptors",
    says: "was not tried: this process has no file descriptor left (EMFILE). Close connections, or raise `ulimit -n`.",
  },
  ENFILE: { code: "connect-descriptors", says: "was not tried: this machine has no file descriptor left (ENFILE)." },
};

/** What an errno means where the way is a path. */
const SOCKET_PATH: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: "connect-refused", says: "does not exist (ENOENT). Is its server running?" },
  ECONNREFUSED: { code: "connect-refused", says: "refused the connection (ECONNREFUSED): nothing listens on it any more." },
  EAGAIN: { code: "connect-refused", says: "refused the connection (EAGAIN): too many wait for its server already." },
  EACCES: { code: "connect-address", says: "may not be used by this process (EACCES). Check its permissions and its folders'." },
  EPERM: { code: "connect-address", says: "may not be used by this process (EPERM)." },
  ENOTSOCK: { code: "connect-address", says: "is no socket (ENOTSOCK)." },
  ENOTDIR: { code: "connect-address", says: "is no path (ENOTDIR): something on the way to it is no folder." },
};

/** getaddrinfo's error. */
export function lookupFailure(host: string, error: NodeJS.ErrnoException): HttpFailure {
  const name = JSON.stringify(host);
  const { code, says } = meaning(DNS, error) ?? { code: "dns-failed", says: `could not be looked up (${error.code ?? error.message}).` };
  return new HttpFailure(code, { phase: "dns", reason: `the name ${name} ${says}`, cause: error });
}

/** The error of connecting to a Unix socket. */
export function socketPathFailure(path: string, error: NodeJS.ErrnoException): HttpFailure {
  const known = meaning(SOCKET_PATH, error) ?? meaning(CONNECT, error);
  const { code, says } = known ?? { code: "connect-failed", says: `could not be connected to (${error.code ?? error.message}).` };
  return new HttpFailure(code, { phase: "connect", reason: `the socket ${JSON.stringify(path)} ${says}`, cause: error });
}

/** A local address of the one family, and a host that has addresses of the other alone. */
export function noLocalFamily(host: string, localAddress: string | undefined): HttpFailure {
  const reason = `${JSON.stringify(host)} has no address that can be connected to from ${String(localAddress)}, which is of the other IP version.`;
  return new HttpFailure("connect-address", { phase: "connect", reason });
}

/** The errors of every address that was tried, as one failure: the first tells its code, all are told. */
export function connectFailure(errors: readonly NodeJS.ErrnoException[]): HttpFailure {
  const [first] = errors;
  if (!first) return new HttpFailure("connect-failed", { phase: "connect", reason: "there was no address to connect to." });
  if (first.syscall === "bind") return noLocalAddress(first);
  const { code, says } = meaning(CONNECT, first) ?? {
    code: "connect-failed",
    says: `could not be connected to (${first.code ?? first.message}).`,
  };
  const others = errors.slice(1).map((error) => `${where(error)}: ${error.code ?? error.message}`);
  const also = others.length > 0 ? ` Also tried: ${others.join(", ")}.` : "";
  const cause = errors.length > 1 ? new AggregateError(errors, "every address failed") : first;
  return new HttpFailure(code, { phase: "connect", reason: `${where(first)} ${says}${also}`, cause });
}

/** The error of binding to `localAddress`, which is the same for every address. */
function noLocalAddress(error: NodeJS.ErrnoException & { address?: string }): HttpFailure {
  const which = `this machine has no address ${String(error.address)} to connect from (${error.code ?? error.message}).`;
  return new HttpFailure("connect-address", { phase: "connect", reason: `${which} Check localAddress.`, cause: error });
}

/** An error on a connection that was open. */
export function streamFailure(error: NodeJS.ErrnoException, phase: Phase): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const reset = error.code === "ECONNRESET" || error.code === "EPIPE" || error.code === "ECONNABORTED";
  const what = reset ? `was reset by the other side (${error.code})` : `broke (${error.code ?? error.message})`;
  return new HttpFailure("connection-reset", { phase, reason: `the connection ${what}.`, cause: error });
}

function meaning(table: Readonly<Record<string, Meaning>>, error: NodeJS.ErrnoException): Meaning | undefined {
  return error.code !== undefined && Object.hasOwn(table, error.code) ? table[error.code] : undefined;
}

function where(error: NodeJS.ErrnoException & { address?: string; port?: number }): string {
  if (error.address === undefined) return "the address";
  const host = error.address.includes(":") ? `[${error.address}]` : error.address;
  return error.port === undefined ? host : `${host}:${error.port}`;
}
