import { createHttp } from "nodemcu-http";
import type { HttpDiagnostic, HttpExchange, HttpFailure, ResponseHeaders } from "nodemcu-http";
import type { ByteString, LuaCall, LuaInput, Place } from "../lua/index.ts";
import type { Host, Module } from "./host.ts";
import { complaints, readArguments, SIGNATURES } from "./http/arguments.ts";
import type { Signature, Wanted } from "./http/arguments.ts";
import { InFlight } from "./http/in-flight.ts";
import { warnUnverified } from "./net/unverified.ts";

/** Heap kept back from a response for the table of its headers and the callback's own work. */
const CALLBACK_BYTES = 4096;

/** http, as its document describes it, on nodemcu-http. The callback gets code, body and a table of the response's headers. */
export const http: Module = (host) => {
  const client = new Client(host);
  const calls = SIGNATURES.map((signature): [string, LuaInput] => [signature.name, (call: LuaCall) => client.start(call, signature)]);
  host.lua.defineModule("http", new Map<string, LuaInput>([...calls, ["OK", 0], ["ERROR", -1]]), host.missing("http"));
};

class Client {
  readonly #host: Host;
  readonly #inFlight = new InFlight();

  constructor(host: Host) {
    this.#host = host;
  }

  start(call: LuaCall, signature: Signature): void {
    const wanted = readArguments(call, signature);
    const request = new Request(this.#host, wanted);
    for (const complaint of complaints(call, signature)) request.diagnose(complaint);
    const overlap = this.#inFlight.overlap(request);
    if (overlap) this.#host.diagnose(overlap);
    request.send(this.#inFlight.begin(request));
  }
}

/** One call of the script, from its line to its callback. */
class Request {
  readonly place: Place | undefined;
  readonly label: string;
  readonly #host: Host;
  readonly #wanted: Wanted;
  readonly #url: string;
  /** Fires when the run ends first: then nobody is there to be told. */
  readonly #abandoned = new AbortController();

  constructor(host: Host, wanted: Wanted) {
    this.#host = host;
    this.#wanted = wanted;
    this.#url = urlText(wanted.url);
    this.place = host.lua.where();
    this.label = oneLine(`${wanted.method} ${this.#url.replace(/\/\/[^/?#]*@/, "//")}`);
  }

  diagnose({ code, message }: { code: string; message: string }): void {
    this.#host.diagnose({ code, severity: "warning", message, place: this.place });
  }

  send(arrived: () => void): void {
    const { method, headers, body } = this.#wanted;
    const release = this.#host.hold(this.label, () => this.#abandoned.abort());
    this.#client().request(this.#url, method, headers, toBytes(body), (...[code, data, fields, failure]) => {
      if (this.#abandoned.signal.aborted) return;
      arrived();
      if (failure) this.#tellFailure(failure);
      this.#host.enter(() => this.#callBack(code, data, fields));
      release();
    });
  }

  /** A client of its own, so that everything it says can be put down to this call's line. */
  #client(): ReturnType<typeof createBytesHttp> {
    const { network } = this.#host;
    return createBytesHttp({
      memory: () => this.#room(),
      tls: network.tls,
      connectTo: network.connectTo,
      signal: this.#abandoned.signal,
      onDiagnostic: (diagnostic) => this.#tellDiagnostic(diagnostic),
      onExchange: (exchange) => this.#record(exchange),
    });
  }

  /** Bytes that a response may have: what the heap has left, garbage not counted, for the body and all that comes with it. */
  #room(): number {
    const { lua } = this.#host;
    if (this.#abandoned.signal.aborted) return 0;
    lua.collect();
    return Math.max(0, lua.heap.free - CALLBACK_BYTES);
  }

  #callBack(code: number, data: Uint8Array | undefined, fields: ResponseHeaders | undefined): void {
    const { callback } = this.#wanted;
    if (!callback) return;
    try {
      this.#host.lua.call(callback, code, data, fields && new Map(Object.entries(fields)));
    } finally {
      callback.release();
    }
  }

  #tellFailure({ reason }: HttpFailure): void {
    this.diagnose({ code: "request-failed", message: `${this.label}: ${reason}` });
  }

  #tellDiagnostic({ code, message, url }: HttpDiagnostic): void {
    const text = `${this.label}: ${message}`;
    if (code === "tls-not-verified") warnUnverified(this.#host, endpointOf(url), { message: text, place: this.place });
    else this.diagnose({ code, message: text });
  }

  #record({ method, url, status, bytesSent, bytesReceived, timings, failure }: HttpExchange): void {
    this.#host.record({ method, url, place: this.place, status, bytesSent, bytesReceived, timings: { ...timings }, failure });
  }
}

const createBytesHttp = (settings: Omit<Parameters<typeof createHttp>[0] & object, "body">) => createHttp({ ...settings, body: "bytes" });

/** A line end in a URL or method would make one message look like two. */
const oneLine = (label: string): string => label.replace(/\r/g, "\\r").replace(/\n/g, "\\n");

/** A URL's bytes beyond ASCII, percent-encoded, arrive as they are. */
const urlText = (bytes: ByteString): string => bytes.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);

const toBytes = (body: ByteString | undefined): Uint8Array | undefined => (body === undefined ? undefined : Buffer.from(body, "latin1"));

function endpointOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || 443}`;
}
