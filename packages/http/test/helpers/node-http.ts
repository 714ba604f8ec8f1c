import { once } from "node:events";
import { request } from "node:http";
import { createServer, type Server } from "node:net";
import type { WireCase } from "./wire-document.ts";

/** What node:http makes of the bytes of a case. */
export interface NodeAnswer {
  readonly accepted: boolean;
  readonly status: number;
  readonly body: Buffer;
  readonly error: string;
}

/** A server on loopback that answers every connection's first bytes with the current case's bytes. */
export class RawServer {
  #bytes: Uint8Array = new Uint8Array();
  #cut = false;
  readonly #server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      if (!this.#cut) socket.end(this.#bytes);
      // Half the reset's order against the data is the kernel's; after a turn of the loop the client has read.
      else socket.write(this.#bytes, () => setTimeout(() => socket.resetAndDestroy(), 20));
    });
  });

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  close(): void {
    this.#server.close();
  }

  /** One request by node:http with its default, strict parser. */
  async ask({ bytes, end, method }: Pick<WireCase, "bytes" | "end" | "method">): Promise<NodeAnswer> {
    this.#bytes = bytes;
    this.#cut = end === "cut";
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the server does not listen");
    const pieces: Buffer[] = [];
    const errors: string[] = [];
    let complete = false;
    let status = 0;
    const call = request({ host: address.address, port: address.port, method, agent: false });
    call.on("error", (error) => errors.push(String(error)));
    call.on("response", (response) => {
      status = response.statusCode ?? 0;
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", (error) => errors.push(String(error)));
      response.on("end", () => (complete = response.complete));
    });
    call.end();
    await new Promise((resolve) => call.once("close", resolve));
    return { accepted: complete && errors.length === 0, status, body: Buffer.concat(pieces), error: errors.join("; ") };
  }
}
