import { isIP } from "node:net";
import type { Address, DialOptions, Endpoint } from "./connection.ts";
import { checkedHop, checkTarget } from "./proxy-hop.ts";
import { mapEndpoint, splitEndpoint } from "./resolver.ts";

/** Options that can be used, with the target that they come to. */
export type CheckedDial = DialOptions & { readonly target: Endpoint };

/**
 * The options' own properties, so that a polluted Object.prototype puts no proxy in between, and the target behind `connectTo`. A RangeError
 * or TypeError tells in the call what Node would tell only when it connects, which after a lookup is in nobody's call.
 */
export function checkedDial(options: DialOptions): CheckedDial {
  const own: DialOptions = Object.assign(Object.create(null), options);
  const { proxy } = own;
  const target = mapEndpoint(own, own.connectTo);
  if (!(Number.isInteger(target.port) && target.port >= 0 && target.port <= 65_535))
    throw new RangeError(`dial: ${target.port} is no port`);
  checkWay(own);
  if (!proxy) return Object.assign(own, { target });
  if (proxy.mode === "forward" && own.tls) throw new RangeError('dial: TLS with a target needs a proxy of the mode "tunnel"');
  checkTarget(target);
  return Object.assign(own, { target, proxy: checkedHop(proxy) });
}

/** How to get to a target, whichever it is. */
export interface Way extends Pick<DialOptions, "localAddress" | "socketPath" | "connectTo"> {
  /** Whatever says that there may be one. */
  readonly proxy?: unknown;
}

/** A RangeError tells what cannot be used, or not together with the rest, whatever the target is. */
export function checkWay({ localAddress, socketPath, connectTo, proxy }: Way): void {
  if (localAddress !== undefined && isIP(localAddress) === 0) throw new RangeError("localAddress is no IP address");
  if (socketPath !== undefined) checkSocketPath(socketPath, proxy || localAddress);
  if (proxy && connectTo) Object.values(connectTo).forEach((to) => checkTarget(splitEndpoint(to)));
}

/** What `sun_path` holds beside its NUL (unix(7); BSD's have 4 bytes less). Windows has names of pipes instead. */
const MAX_SOCKET_PATH = process.platform === "win32" ? 256 : process.platform === "linux" ? 107 : 103;

function checkSocketPath(path: string, other: unknown): void {
  if (other) throw new RangeError("with socketPath there can be neither a proxy nor a localAddress: a socket is on this machine");
  // What follows a NUL, or is too long, would be left out, and what is left could be the path of another socket.
  if (path === "" || path.includes("\0")) throw new RangeError("socketPath is empty or has a NUL in it");
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH)
    throw new RangeError(`socketPath has more than ${MAX_SOCKET_PATH} bytes, the most there can be`);
}

/** The addresses that can be connected to from a local one: those of its family. */
export function fromLocal(addresses: readonly Address[], localAddress: string | undefined): readonly Address[] {
  return localAddress === undefined ? addresses : addresses.filter(({ family }) => family === isIP(localAddress));
}
