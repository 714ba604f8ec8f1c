import { HttpFailure, type Field } from "../../protocol/index.ts";
import { digestHash, PartialFile, readSidecar, removeFile, writeSidecar } from "../../system/index.ts";
import { isHttpError } from "../errors/http-error.ts";
import type { Answer } from "../exchange/answer.ts";
import { parseContentRange } from "./content-range.ts";
import { explained, openedFor, type Saved, type SaveSource } from "./save.ts";
import { confirms, isIdentity, resumableBy, type Validator } from "./validator.ts";

/** How often a body that breaks, or comes in parts, is asked for again. */
const MAX_TRIES = 5;

/** What breaks a connection; whatever else fails would fail again. */
const BREAKS: ReadonlySet<string> = new Set(["connection-reset", "closed-early", "timeout"]);

/** Parts of a coding cannot be put together. */
const IDENTITY: Field = ["Accept-Encoding", "identity"];

/** Writes a body to `path.part`, taking up what is there; when it is whole it becomes `path`. On a failure the part is left for the next run. */
export async function saveResumably(source: SaveSource, path: string): Promise<Saved> {
  const file = await openedFor(source.answer, () => PartialFile.resume(path));
  const download = new Download(file, source, `${path}.part.json`);
  try {
    const resumed = await download.run();
    await explained(source.answer, () => file.finish());
    await removeFile(`${path}.part.json`);
    return { path, size: file.size, resumed };
  } catch (error) {
    await (download.isResumable ? file.keep().catch(() => {}) : file.discard());
    throw error;
  }
}

/** An answer whose body continues the file, and the size that the file has behind it; undefined when nobody said. */
interface Continuation {
  readonly answer: Answer;
  readonly end: number | undefined;
}

class Download {
  readonly #file: PartialFile;
  readonly #source: SaveSource;
  readonly #sidecar: string;
  #validator: Validator | undefined;
  /** Bytes of the whole file, when known. */
  #total: number | undefined;
  #resumed = 0;

  constructor(file: PartialFile, source: SaveSource, sidecar: string) {
    this.#file = file;
    this.#source = source;
    this.#sidecar = sidecar;
  }

  /** What is there can be continued by a later run. */
  get isResumable(): boolean {
    return this.#validator !== undefined;
  }

  /** Bytes that an earlier run had left, when all is there. */
  async run(): Promise<number> {
    let next = await this.#start(this.#source.answer);
    for (let tries = 0; next; tries++) {
      const before = this.#file.size;
      const error = await this.#take(next).catch((reason: unknown) => ({ reason }));
      if (!error && this.#isWhole(next)) break;
      const goesOn = this.#file.size > before && tries < MAX_TRIES && this.#validator !== undefined;
      if (error && !(goesOn && isBreak(error.reason))) throw error.reason;
      if (!goesOn) throw mismatch(next.answer, "its parts are too small: there would be no end of asking for more");
      next = await this.#continued();
    }
    return this.#resumed;
  }

  /** With what an earlier run has left of the same bytes, or from the beginning. */
  async #start(answer: Answer): Promise<Continuation | undefined> {
    this.#validator = resumableBy(answer);
    this.#total = lengthOf(answer);
    const { size } = this.#file;
    const left = size > 0 && size <= (this.#total ?? size) && this.#isOurs(await readSidecar(this.#sidecar), answer);
    if (!left) return this.#begin(answer);
    answer.body.abandon();
    this.#resumed = size;
    return size === this.#total ? undefined : this.#continued();
  }

  /** Whether the part that is there is of this answer. What the file says is only compared: whoever wrote it cannot do more than have it begun again. */
  #isOurs(sidecar: unknown, answer: Answer): boolean {
    if (typeof sidecar !== "object" || sidecar === null) return false;
    const expected = Object.entries(this.#description(answer)).filter(([, value]) => value !== undefined);
    return (
      Object.keys(sidecar).length === expected.length &&
      expected.every(([name, value]) => Object.getOwnPropertyDescriptor(sidecar, name)?.value === value)
    );
  }

  /** A URL may hold a secret, and this lies beside the file. */
  #description({ request }: Answer): Readonly<Record<string, string | number | undefined>> {
    const { kind, value } = this.#validator ?? { kind: "etag", value: undefined };
    return { url: `sha256:${digestHash("SHA-256", request.url.href)}`, [kind]: value, length: this.#total };
  }

  async #begin(answer: Answer): Promise<Continuation> {
    if (!isIdentity(answer)) throw mismatch(answer, "it is encoded, and what was asked for is not (Content-Encoding)");
    this.#resumed = 0;
    this.#validator = resumableBy(answer);
    this.#total = lengthOf(answer);
    await explained(answer, () => this.#file.truncate(0));
    if (this.#validator) await explained(answer, () => writeSidecar(this.#sidecar, this.#description(answer)));
    else await removeFile(this.#sidecar);
    return { answer, end: this.#total };
  }

  async #take({ answer, end = Number.POSITIVE_INFINITY }: Continuation): Promise<undefined> {
    for await (const piece of answer.body.chunks()) {
      if (this.#file.size + piece.length > end) throw mismatch(answer, `it brings more than the ${end} bytes that it announces`);
      await explained(answer, () => this.#file.append(piece));
    }
    if (this.#file.size < end && end !== Number.POSITIVE_INFINITY)
      throw mismatch(answer, `it ends at byte ${this.#file.size} and announces ${end}`);
  }

  #isWhole({ end }: Continuation): boolean {
    return end === undefined || this.#file.size === this.#total;
  }

  /** Asks for what is missing; undefined when that is nothing. */
  async #continued(): Promise<Continuation | undefined> {
    const { value } = this.#validator ?? { value: "" };
    const answer = await this.#source.again([IDENTITY, ["Range", `bytes=${this.#file.size}-`], ["If-Range", value]]);
    try {
      if (answer.head.status === 206) return this.#part(answer);
      if (answer.head.status === 200) return await this.#begin(answer);
      if (answer.head.status === 416) return await this.#beyond(answer);
      throw mismatch(answer, `its status is ${answer.head.status}`);
    } catch (error) {
      answer.body.abandon();
      throw error;
    }
  }

  /** A 206 that is what was asked for (RFC 9110 §15.3.7). */
  #part(answer: Answer): Continuation {
    const { fields } = answer.head;
    const range = parseContentRange(fields.get("content-range"));
    if (range?.first === undefined || range.last === undefined) throw mismatch(answer, "it has no Content-Range that makes sense");
    const { first, last, total = this.#total ?? last + 1 } = range;
    if (first !== this.#file.size) throw mismatch(answer, `it begins at byte ${first}, and ${this.#file.size} was asked for`);
    if (total !== (this.#total ?? total) || last >= total)
      throw mismatch(answer, `it is part of ${total} bytes, and there were ${this.#total}`);
    if (!this.#validator || !confirms(fields, this.#validator))
      throw mismatch(answer, "it is part of another version (ETag, Last-Modified)");
    if (!isIdentity(answer)) throw mismatch(answer, "it is encoded, and what is there is not (Content-Encoding)");
    this.#total ??= range.total;
    return { answer, end: last + 1 };
  }

  /** Nothing is behind what is there: it is all, or of something else. */
  async #beyond(answer: Answer): Promise<Continuation | undefined> {
    answer.body.abandon();
    const { size } = this.#file;
    const total = parseContentRange(answer.head.fields.get("content-range"))?.total;
    if (total === size && size === (this.#total ?? size)) return undefined;
    const whole = await this.#source.again([IDENTITY]);
    if (whole.head.status === 200) return this.#begin(whole);
    whole.body.abandon();
    throw mismatch(whole, `its status is ${whole.head.status}`);
  }
}

const isBreak = (error: unknown): boolean => isHttpError(error) && error.phase === "body" && BREAKS.has(error.code);

/** Undefined when the end of the body is told by other means (RFC 9112 §6.3). */
function lengthOf({ head: { fields } }: Answer): number | undefined {
  const digits = /^\d{1,15}(?=,|$)/.exec(fields.get("content-length") ?? "")?.[0];
  return digits === undefined || fields.has("transfer-encoding") ? undefined : Number(digits);
}

function mismatch({ exchange }: Answer, what: string): Error {
  const reason = `the answer cannot continue the file: ${what}. What was there is kept in the .part file.`;
  return exchange.explain(new HttpFailure("resume-mismatch", { phase: "body", reason }));
}
