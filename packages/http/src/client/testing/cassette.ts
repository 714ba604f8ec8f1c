import type { Field } from "../../protocol/index.ts";
import { printable } from "../errors/printable.ts";
import { isObject, kindName, memberOf } from "../request/members.ts";
import { jsonProblem } from "../response/json.ts";
import { readableText } from "../response/readable-text.ts";

/** What a cassette keeps of a request: without secrets, and without what is by chance. */
export interface CassetteRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly Field[];
  readonly body: Uint8Array;
}

/** What a cassette keeps of an answer: without secrets, and decoded. */
export interface CassetteResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly Field[];
  readonly body: Uint8Array;
}

export interface CassetteExchange {
  readonly request: CassetteRequest;
  readonly response: CassetteResponse;
}

/** Exchanges in the order in which they were asked for. */
export interface Cassette {
  /** Names of headers and parameters that are secret, beside those that look like it. */
  readonly secrets: readonly string[];
  readonly exchanges: readonly CassetteExchange[];
}

const VERSION = 1;

/** The text of a cassette's file: JSON in which a change of an answer is a change of few lines. */
export function printCassette({ secrets, exchanges }: Cassette): string {
  const printed = exchanges.map(({ request, response }) => ({
    request: { ...request, body: printBody(request.body) },
    response: { ...response, body: printBody(response.body) },
  }));
  // A field in one line.
  const text = JSON.stringify({ cassette: VERSION, secrets, exchanges: printed }, null, 2);
  return `${text.replace(/\[\n\s+("(?:[^"\\]|\\.)*"),\n\s+("(?:[^"\\]|\\.)*")\n\s+\]/g, "[$1, $2]")}\n`;
}

/** JSON as JSON and lines as lines, where that brings the same bytes back; else text, or Base64. */
function printBody(bytes: Uint8Array): object | undefined {
  if (bytes.length === 0) return undefined;
  const text = readableText(bytes);
  if (text === undefined) return { base64: Buffer.from(bytes).toString("base64") };
  const json = jsonOf(text);
  if (json) return json;
  return text.includes("\n") ? { lines: text.split("\n") } : { text };
}

function jsonOf(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) && JSON.stringify(json) === text ? { json } : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a cassette's file. Throws an Error that says what is wrong with it, and where. */
export function parseCassette(text: string, file: string): Cassette {
  const name = `the cassette ${JSON.stringify(printable(file))}`;
  const root = new Place(parsed(text, name), name);
  const version = root.member("cassette").value;
  if (version !== VERSION) {
    const found = version === undefined ? "it says of itself that it is none" : `its version is ${printable(JSON.stringify(version))}`;
    throw new Error(`${name} cannot be used: ${found}; this client reads version ${VERSION}.`);
  }
  return {
    secrets: root
      .member("secrets")
      .list()
      .map((place) => place.text()),
    exchanges: root
      .member("exchanges")
      .list()
      .map((place) => ({
        request: readRequest(place.member("request")),
        response: readResponse(place.member("response")),
      })),
  };
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name} cannot be used: ${jsonProblem(text).replace("the body", "it")}`);
  }
}

const readRequest = (place: Place): CassetteRequest => ({
  method: place.member("method").text(),
  url: place.member("url").text(),
  headers: place.member("headers").fields(),
  body: place.member("body").bytes(),
});

const readResponse = (place: Place): CassetteResponse => ({
  status: place.member("status").status(),
  statusText: place.member("statusText").text(),
  headers: place.member("headers").fields(),
  body: place.member("body").bytes(),
});

/** A value somewhere in a file, and how to get there. */
class Place {
  readonly value: unknown;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    this.value = value;
    this.#path = path;
  }

  member(name: string): Place {
    const { value } = this;
    if (!isObject(value) || Array.isArray(value)) this.#refuse("an object");
    return new Place(memberOf(value, name), `${this.#path}, ${name}`);
  }

  list(): Place[] {
    const { value } = this;
    if (!Array.isArray(value)) this.#refuse("a list");
    return value.map((one: unknown, index) => new Place(one, `${this.#path}[${index}]`));
  }

  text(): string {
    const { value } = this;
    if (typeof value !== "string") this.#refuse("a string");
    return value;
  }

  status(): number {
    const { value } = this;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 200 || value > 599) this.#refuse("a number from 200 to 599");
    return value;
  }

  fields(): Field[] {
    return this.list().map((line) => {
      const [name, value, ...more] = line.list();
      return name && value && more.length === 0 ? [name.text(), value.text()] : line.#refuse("a pair of name and value");
    });
  }

  bytes(): Uint8Array {
    const { value } = this;
    if (value === undefined) return new Uint8Array();
    const [kind = "", ...more] = isObject(value) ? Object.keys(value) : [];
    const content = this.member(kind);
    if (more.length === 0 && kind === "json") return Buffer.from(JSON.stringify(content.value));
    if (more.length === 0 && kind === "text") return Buffer.from(content.text());
    if (more.length === 0 && kind === "base64") return Buffer.from(content.text(), "base64");
    if (more.length > 0 || kind !== "lines") this.#refuse("one of json, lines, text and base64");
    return Buffer.from(
      content
        .list()
        .map((line) => line.text())
        .join("\n"),
    );
  }

  #refuse(wanted: string): never {
    throw new Error(`${this.#path}: there should be ${wanted}, and there is ${kindName(this.value)}.`);
  }
}
