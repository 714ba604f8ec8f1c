import { gunzipSync } from "node:zlib";
import type { Work } from "./work.ts";

/** Elements of a parsed JSON document. */
export const records = (value: unknown): number => (Array.isArray(value) ? value.length : -1);

const CONSUME: Readonly<Record<Work["consume"], (bytes: Buffer) => number>> = {
  text: (bytes) => bytes.toString("utf8").length,
  bytes: (bytes) => bytes.byteLength,
  json: (bytes) => records(JSON.parse(gunzipSync(bytes).toString("utf8"))),
  stream: (bytes) => bytes.byteLength,
};

/** Consumes a body that came in pieces, for clients that give no more than the pieces. */
export class BodyCounter {
  readonly #work: Work;
  #pieces: Buffer[] = [];
  #passed = 0;

  constructor(work: Work) {
    this.#work = work;
  }

  add(piece: Buffer): void {
    if (this.#work.consume === "stream") this.#passed += piece.byteLength;
    else this.#pieces.push(piece);
  }

  /** What the work expects to be counted; after that the counter may be used for another body. */
  end(): number {
    const { consume } = this.#work;
    const counted = consume === "stream" ? this.#passed : CONSUME[consume](this.#joined());
    this.#pieces = [];
    this.#passed = 0;
    return counted;
  }

  #joined(): Buffer {
    const [first] = this.#pieces;
    return first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
  }
}

/** Counts the bytes of a body that passes by. */
export async function countPassing(body: AsyncIterable<Uint8Array | string>): Promise<number> {
  let passed = 0;
  for await (const piece of body) passed += piece.length;
  return passed;
}

/** What is used of a Response, whether Node's own or undici's. */
interface WebResponse {
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
  readonly body: { getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> } } | null;
}

/** Consumes a web Response as a user of fetch would. */
export async function consumeResponse(response: WebResponse, consume: Work["consume"]): Promise<number> {
  if (consume === "text") return (await response.text()).length;
  if (consume === "json") return records(await response.json());
  if (consume === "bytes") return (await response.arrayBuffer()).byteLength;
  let passed = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read())
    passed += read.value?.byteLength ?? 0;
  return passed;
}
