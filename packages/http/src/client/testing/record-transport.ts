import { lowerCase } from "../../protocol/index.ts";
import { writeTextAtomically } from "../../system/index.ts";
import { Client } from "../client.ts";
import { secretNames } from "../errors/redact.ts";
import { ownMembers } from "../request/members.ts";
import type { Transport, TransportRequest, TransportResponse } from "../rungs/transport.ts";
import { printCassette, type CassetteExchange } from "./cassette.ts";
import { keptRequest, keptResponse } from "./kept-message.ts";
import { wholeOf } from "./mock-request.ts";

/** Where to record, and how to get there. */
export interface RecordOptions {
  /** The cassette. One that is there already is replaced with the first answer. */
  readonly file: string;
  /** Sends the requests: for proxies, certificates, addresses. It stays open. Default: one with no options. */
  readonly client?: Client | undefined;
  /** Names of headers, parameters and members of bodies that are secret, beside those that look like it. */
  readonly secrets?: readonly string[] | undefined;
}

/** A transport that writes down what it is asked and answered. */
export interface RecordTransport extends Transport, AsyncDisposable {
  /** Resolves when the file is complete. Fails with `file-failed`. */
  close(): Promise<void>;
}

/** Fields that belong to one connection, or to a length that the sender counts itself. */
const OWN: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding", "expect"]);

/**
 * Sends requests over the network and writes what comes of them into a cassette, from which {@link replayTransport} answers. The file is
 * complete after each answer. Each body is read as a whole before it is handed on; a request that fails is not written down.
 *
 * @example
 * await using transport = recordTransport({ file: "test/devices.cassette.json" });
 * const client = new Client({ transport });
 */
export function recordTransport(options: RecordOptions): RecordTransport {
  const { file, client, secrets = [] } = ownMembers(options);
  return new Recorder(file, { client: client ?? new Client(), owned: client === undefined, secrets });
}

interface RecorderParts {
  readonly client: Client;
  /** It is this recorder's, and is closed with it. */
  readonly owned: boolean;
  readonly secrets: readonly string[];
}

class Recorder implements RecordTransport {
  readonly #file: string;
  readonly #parts: RecorderParts;
  /** In the order in which they were asked for; those under way, and those that failed, have a place without an exchange. */
  readonly #exchanges: (CassetteExchange | undefined)[] = [];
  #written: Promise<void> = Promise.resolve();

  constructor(file: string, parts: RecorderParts) {
    this.#file = file;
    this.#parts = parts;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const place = this.#exchanges.push(undefined) - 1;
    const { method, url, headers } = request;
    const body = await wholeOf(request.body);
    const response = await this.#fetch(request, body);
    const names = secretNames(this.#parts.secrets);
    const kept = keptRequest({ method, url, headers, body }, names);
    this.#exchanges[place] = { request: kept, response: await keptResponse(response, names) };
    await this.#write();
    return response;
  }

  async close(): Promise<void> {
    if (this.#parts.owned) this.#parts.client.close();
    await this.#write();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #fetch({ method, url, headers, signal }: TransportRequest, body: Uint8Array): Promise<Recorded> {
    const sent = headers.filter(([name]) => !OWN.has(lowerCase(name)));
    const payload = body.length > 0 ? { body } : {};
    const { client, secrets } = this.#parts;
    const once = { redirect: "manual", decompress: false, retry: 0, throwHttpErrors: false, secrets } as const;
    // The client above has deadlines of its own; its signal tells of them.
    const response = await client.request(method, url, { ...once, ...payload, headers: sent, signal, timeout: Infinity });
    const { status, statusText } = response;
    return { status, statusText, headers: [...response.headers], body: await response.bytes() };
  }

  /** One after the other: the last one has everything. */
  #write(): Promise<void> {
    const write = (): Promise<void> => writeTextAtomically(this.#file, this.#text());
    this.#written = this.#written.then(write, write);
    return this.#written;
  }

  #text(): string {
    const exchanges = this.#exchanges.filter((exchange) => exchange !== undefined);
    return printCassette({ secrets: this.#parts.secrets, exchanges });
  }
}

type Recorded = CassetteExchange["response"];
