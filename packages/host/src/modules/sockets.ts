import type { LuaCall, LuaInput, LuaRef } from "../lua/index.ts";
import { certificateFunctions } from "./certificates.ts";
import type { Module } from "./host.ts";
import { PLAIN, SECURE } from "./net/kind.ts";
import { defineSockets } from "./net/socket.ts";

// app/modules/net.c: enum net_type.
const TYPE_TCP = 1;
const TYPE_UDP = 2;

/** net and tls: TCP clients, plain and with TLS. `net.cert` is where firmware of 2016 has what is `tls.cert` later. */
export const sockets: Module = (host) => {
  const create = { plain: defineSockets(host, PLAIN), secure: defineSockets(host, SECURE) };
  const cert = certificateFunctions(host);
  const net = new Map<string, LuaInput>([
    ["TCP", TYPE_TCP],
    ["UDP", TYPE_UDP],
    ["createConnection", (call: LuaCall) => createConnection(call, create)],
    ["cert", cert],
  ]);
  const tls = new Map<string, LuaInput>([
    ["createConnection", create.secure],
    ["cert", cert],
  ]);
  host.lua.defineModule("net", net, host.missing("net"));
  host.lua.defineModule("tls", tls, host.missing("tls"));
};

function createConnection(call: LuaCall, create: { plain: () => LuaRef; secure: () => LuaRef }): LuaRef {
  const type = call.optInteger(1) ?? TYPE_TCP;
  if (type === TYPE_UDP) throw new Error("UDP sockets are not supported by this host");
  if (type !== TYPE_TCP) throw new Error("invalid type");
  return (call.optInteger(2) ?? 0) === 0 ? create.plain() : create.secure();
}
