import assert from "node:assert/strict";
import { HttpFailure, ResponseReader, type Fields, type Framing, type ResponseHead, type ResponseRules } from "../../src/protocol/index.ts";
import { bytesToText, latin1ToText } from "./byte-text.ts";
import type { StreamEnd } from "./wire-document.ts";

/** What a reader told, one line per event as in a wire document. Data that came in several pieces is one line. */
export interface Record {
  readonly events: readonly string[];
  /** The same without the `field` lines. */
  readonly plain: readonly string[];
  readonly status: number;
  readonly body: Uint8Array;
  readonly failure: HttpFailure | undefined;
}

/** Pushes pieces into a new reader and then ends the stream. Anything thrown but an HttpFailure, and any event after the last, is thrown. */
export function replay(pieces: Iterable<Uint8Array>, end: StreamEnd, rules: ResponseRules): Record {
  const recorder = new Recorder();
  const reader = new ResponseReader(recorder, rules);
  recorder.attempt(() => {
    for (const piece of pieces) reader.push(piece);
    if (end !== "open") reader.end(end === "cut");
  });
  if (recorder.failure) {
    // A failed reader stays silent, whatever comes.
    reader.push(Buffer.from("HTTP/1.1 200 OK\r\n\r\n"));
    reader.end();
    assert.equal(reader.reusable, false);
  }
  return recorder.close(reader);
}

class Recorder {
  readonly #lines: string[] = [];
  readonly #data: Buffer[] = [];
  #status = 0;
  #over = false;
  failure: HttpFailure | undefined;

  onInterim({ status, reason, fields }: ResponseHead): void {
    this.#tell(`interim ${status} "${latin1ToText(reason)}"`);
    this.#fields("field", fields);
  }

  onHead({ status, reason, minorVersion, fields }: ResponseHead, framing: Framing): void {
    const size = framing.kind === "length" ? ` ${framing.length}` : "";
    this.#status = status;
    this.#tell(`head ${status} "${latin1ToText(reason)}"${minorVersion === 0 ? " HTTP/1.0" : ""} ${framing.kind}${size}`);
    this.#fields("field", fields);
  }

  onData(bytes: Uint8Array): void {
    assert.ok(!this.#over, "data after the end");
    assert.ok(bytes.length > 0, "a piece of data without a byte");
    this.#data.push(Buffer.from(bytes));
  }

  onComplete(trailers: Fields): void {
    this.#flush();
    this.#fields("trailer", trailers);
    this.#tell("complete");
    this.#over = true;
  }

  attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      assert.ok(!this.#over, `${error.message} after the end`);
      this.failure = error;
      this.#flush();
      this.#tell(`error ${error.code} ${error.phase}`);
      this.#over = true;
    }
  }

  close(reader: ResponseReader): Record {
    this.#flush();
    if (!this.#over) this.#lines.push("waiting");
    const events = this.#lines.map((line) => (line === "complete" ? `complete ${reader.reusable ? "reusable" : "close"}` : line));
    const plain = events.filter((line) => !line.startsWith("field "));
    return { events, plain, status: this.#status, body: Buffer.concat(this.#data), failure: this.failure };
  }

  #tell(line: string): void {
    assert.ok(!this.#over, `${line} after the end`);
    this.#lines.push(line);
  }

  #fields(kind: "field" | "trailer", fields: Fields): void {
    for (const [name, value] of fields) this.#tell(`${kind} ${name}: ${latin1ToText(value)}`);
  }

  /** All data there was; it comes between the head and the trailers or the error, never elsewhere. */
  #flush(): void {
    const length = this.#data.reduce((sum, { length: size }) => sum + size, 0);
    if (length > 0 && !this.#lines.some((line) => line.startsWith("data ")))
      this.#lines.push(`data "${bytesToText(Buffer.concat(this.#data))}"`);
  }
}

/** Bytes in pieces that end at the given places. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places, bytes.length];
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}
