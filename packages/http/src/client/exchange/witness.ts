import type { HttpFailure, ResponseHead } from "../../protocol/index.ts";
import type { RequestOptions } from "../options/options.ts";
import { callbackFailure } from "../rungs/hooks.ts";

/** Tells the program how its exchange goes on; what the program's function throws ends the exchange. */
export class Witness {
  readonly #options: Pick<RequestOptions, "onProgress" | "onInformational">;
  readonly #failed: (failure: HttpFailure) => void;

  constructor(options: Pick<RequestOptions, "onProgress" | "onInformational">, failed: (failure: HttpFailure) => void) {
    this.#options = options;
    this.#failed = failed;
  }

  /** Bytes of the body have been handed to the connection. */
  sent(transferred: number, total: number | undefined): void {
    this.#call("onProgress", () => this.#options.onProgress?.({ direction: "upload", transferred, total }));
  }

  received(transferred: number, total: number | undefined): void {
    this.#call("onProgress", () => this.#options.onProgress?.({ direction: "download", transferred, total }));
  }

  informed({ status, fields }: ResponseHead): void {
    this.#call("onInformational", () => this.#options.onInformational?.({ status, headers: [...fields] }));
  }

  #call(name: string, tell: () => void): void {
    try {
      tell();
    } catch (cause) {
      this.#failed(callbackFailure(name, cause));
    }
  }
}
