import type { LuaInput } from "../../lua/index.ts";
import type { FailureCode, HttpFailure } from "nodemcu-http/transport";

/** The events of a socket, as `on` names them. */
export const SOCKET_EVENTS = ["connection", "reconnection", "disconnection", "receive", "sent", "dns"] as const;

export type SocketEvent = (typeof SOCKET_EVENTS)[number];

/** A callback to make: which, and what it gets after the socket. */
export interface Told {
  readonly event: SocketEvent;
  readonly args: readonly LuaInput[];
}

/** What tells a TLS socket from a plain one: they are two modules of the firmware, each with its own habits. */
export interface SocketKind {
  readonly secure: boolean;
  readonly className: string;
  /** What is raised for the port 0, and for an unknown event. */
  readonly portError: string;
  readonly eventError: string;
  /** Using a socket that is not connected raises "not connected"; else the call does nothing. */
  readonly raises: boolean;
  /** What the script is told when the other side ends the connection. */
  readonly ended: Told;
  /** The same after its own `close`; undefined for nothing. */
  readonly closed: Told | undefined;
  /** The same when the connection fails. `handled`: there is a callback for "reconnection". */
  failed(failure: HttpFailure, handled: boolean): Told;
  /** The results of `getpeer`. */
  peer(host: string, port: number): readonly LuaInput[];
}

// lwIP's err_t as the SDK numbers it (app/include/lwip/err.h).
const ERR_OK = 0;
const ERR_RTE = -4;
const ERR_ABRT = -8;
const ERR_RST = -9;

/** A connection that cannot be made ends in ERR_ABRT when lwIP has given up its SYNs. */
const ERRORS: Readonly<Partial<Record<FailureCode, number>>> = {
  "connect-refused": ERR_RST,
  "connection-reset": ERR_RST,
  "connect-unreachable": ERR_RTE,
};

/** net.socket (app/modules/net.c). */
export const PLAIN: SocketKind = {
  secure: false,
  className: "net.tcpsocket",
  portError: "specify port",
  eventError: "invalid callback name",
  raises: true,
  ended: { event: "disconnection", args: [ERR_OK] },
  closed: undefined,
  failed: ({ code }, handled) => ({ event: handled ? "reconnection" : "disconnection", args: [ERRORS[code] ?? ERR_ABRT] }),
  peer: (host, port) => [port, host],
};

/** The words of tls_socket_onreconnect (app/modules/tls.c). */
const REASONS: Readonly<Partial<Record<FailureCode, string>>> = {
  "connect-refused": "Connection reset",
  "connection-reset": "Connection reset",
  "connect-unreachable": "Routing problem",
  "connect-timeout": "Timeout",
  "closed-early": "Connection closed",
};

/** tls.socket (app/modules/tls.c). An error is told to "reconnection" alone. */
export const SECURE: SocketKind = {
  secure: true,
  className: "tls.socket",
  portError: "invalid port",
  eventError: "invalid method",
  raises: false,
  ended: { event: "disconnection", args: [] },
  closed: { event: "disconnection", args: [] },
  failed: ({ code, phase }) => ({
    event: "reconnection",
    args: [phase === "tls" ? "SSL handshake failed" : (REASONS[code] ?? "Connection aborted")],
  }),
  peer: (host, port) => [host, port],
};
