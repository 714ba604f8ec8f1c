import type { ByteString, HostFunction, HostResult, LuaCall, LuaClass, LuaRef } from "../../lua/index.ts";
import type { Endpoint } from "nodemcu-http/transport";
import type { Host } from "../host.ts";
import { SOCKET_EVENTS } from "./kind.ts";
import type { SocketEvent, SocketKind } from "./kind.ts";
import { Session } from "./session.ts";

const EVENTS: ReadonlySet<string> = new Set(SOCKET_EVENTS);

const isEvent = (name: string): name is SocketEvent => EVENTS.has(name);

/** The host object behind a socket: its callbacks, and its connection while there is one. */
class Socket {
  readonly #host: Host;
  readonly #kind: SocketKind;
  readonly #callbacks = new Map<SocketEvent, LuaRef>();
  #session: Session | undefined;

  constructor(host: Host, kind: SocketKind) {
    this.#host = host;
    this.#kind = kind;
  }

  on(event: SocketEvent, callback: LuaRef | undefined): void {
    this.#callbacks.get(event)?.release();
    if (callback) this.#callbacks.set(event, callback);
    else this.#callbacks.delete(event);
  }

  connect(endpoint: Endpoint, self: LuaRef): void {
    this.#session = new Session(this.#host, {
      endpoint,
      kind: this.#kind,
      self,
      callback: (event) => this.#callbacks.get(event),
      onOver: () => {
        this.#session = undefined;
      },
    });
  }

  /** The connection, once it can be written to. */
  get open(): Session | undefined {
    return this.#session?.isOpen ? this.#session : undefined;
  }

  /** The connection from `connect` on. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Lua has no use for the socket any more: it cannot be connected then. */
  forget(): void {
    for (const event of SOCKET_EVENTS) this.on(event, undefined);
  }
}

/** Makes the userdata class of one kind of sockets. The result creates a socket. */
export function defineSockets(host: Host, kind: SocketKind): () => LuaRef {
  const methods = new SocketMethods(host, kind);
  return () => methods.create();
}

class SocketMethods {
  readonly #host: Host;
  readonly #kind: SocketKind;
  readonly #class: LuaClass<Socket>;

  constructor(host: Host, kind: SocketKind) {
    this.#host = host;
    this.#kind = kind;
    this.#class = host.lua.defineClass<Socket>(kind.className, this.#methods(), (socket) => socket.forget());
  }

  create(): LuaRef {
    return this.#class.wrap(new Socket(this.#host, this.#kind));
  }

  #methods(): Record<string, HostFunction> {
    const both = this.#bind({
      connect: (call, socket) => this.#connect(call, socket),
      on: (call, socket) => this.#on(call, socket),
      send: (call, socket) => this.#send(call, socket),
      close: (_call, socket) => this.#close(socket),
      hold: (_call, socket) => socket.session?.hold(),
      unhold: (_call, socket) => socket.session?.unhold(),
      getpeer: (_call, { open }) => (open?.peer ? this.#kind.peer(open.peer.host, open.peer.port) : [undefined, undefined]),
    });
    if (this.#kind.secure) return both;
    return { ...both, ...this.#bind({ getaddr: (_call, { open }) => [open?.local?.port, open?.local?.host] }) };
  }

  #bind(methods: Record<string, (call: LuaCall, socket: Socket) => HostResult>): Record<string, HostFunction> {
    const entries = Object.entries(methods);
    return Object.fromEntries(entries.map(([name, act]) => [name, (call: LuaCall) => act(call, call.self(this.#class))]));
  }

  #connect(call: LuaCall, socket: Socket): void {
    if (socket.session) throw new Error("already connected");
    const port = call.integer(2) & 0xffff; // uint16_t
    if (port === 0) throw new Error(this.#kind.portError);
    if (call.count > 3 && !this.#kind.secure) {
      if (call.type(4) !== "function") call.argumentError(4, "not a function");
      socket.on("connection", call.callback(4));
    }
    const host = isText(call, 3) ? call.string(3) : "127.0.0.1";
    socket.connect({ host, port }, this.#class.wrap(socket));
  }

  #on(call: LuaCall, socket: Socket): void {
    const event = call.string(2);
    if (!isEvent(event)) throw new Error(this.#kind.eventError);
    if (call.type(3) !== "function" && call.type(3) !== "nil") throw new Error("invalid callback function");
    socket.on(event, call.optCallback(3));
  }

  #send(call: LuaCall, socket: Socket): void {
    const data: ByteString = call.string(2);
    if (data === "") throw new Error("no data to send");
    if (call.type(3) === "function") socket.on("sent", call.callback(3));
    if (socket.open) socket.open.send(Buffer.from(data, "latin1"));
    else this.#notConnected("send");
  }

  #close(socket: Socket): void {
    if (socket.session) socket.session.close();
    else if (this.#kind.raises) this.#notConnected("close");
  }

  #notConnected(method: string): void {
    if (this.#kind.raises) throw new Error("not connected");
    const message = `${this.#kind.className}:${method} did nothing, as on a device: the socket is not connected. Wait for its "connection" event.`;
    this.#host.diagnose({ code: "not-connected", severity: "warning", message, place: this.#host.lua.where() });
  }
}

const isText = (call: LuaCall, n: number): boolean => call.type(n) === "string" || call.type(n) === "number";
