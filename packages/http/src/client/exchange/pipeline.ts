import { HttpFailure } from "../../protocol/index.ts";
import type { WireRequest } from "../request/wire-request.ts";
import type { ConnectionUser } from "./connection-user.ts";

/** Safe methods (RFC 9110 §9.2.1): what is lost with a connection may be asked for again. */
const PIPELINED: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a request may be sent behind another, and another behind it. */
export const mayPipeline = ({ method, body }: WireRequest): boolean => body === undefined && PIPELINED.has(method);

/** Exchanges whose requests were sent behind one that is not answered yet; their turns come in that order. */
export class Pipeline {
  /** One of them was given up: its answer would come all the same, so that the connection ends before it. */
  broken = false;
  #waiting: ConnectionUser[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  has(user: ConnectionUser): boolean {
    return this.#waiting.includes(user);
  }

  push(user: ConnectionUser): void {
    this.#waiting.push(user);
  }

  shift(): ConnectionUser | undefined {
    return this.#waiting.shift();
  }

  drained(): void {
    for (const user of this.#waiting.slice()) user.onDrain();
  }

  /** An exchange is given up; those behind it are sent again elsewhere. False: it is none of these. */
  cut(user: ConnectionUser): boolean {
    const index = this.#waiting.indexOf(user);
    if (index < 0) return false;
    this.broken = true;
    this.#fail(index + 1);
    this.#waiting.length = index;
    return true;
  }

  /** The connection is closed: none of them was answered, and each is sent again elsewhere. */
  fail(): void {
    this.#fail(0);
    this.#waiting = [];
  }

  #fail(from: number): void {
    for (const user of this.#waiting.slice(from)) user.onFailed(overtaken());
  }
}

const overtaken = (): HttpFailure =>
  new HttpFailure("closed-early", { phase: "headers", reason: "the connection ended before the request's turn in its pipeline came." });
