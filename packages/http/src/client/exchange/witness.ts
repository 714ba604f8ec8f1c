import type { ResponseHead } from "../../protocol/index.ts";
import type { RequestOptions } from "../options/options.ts";

/** A witness for the functions that these options have; undefined when there are none. */
export function witnessOf(
  { onProgress, onInformational }: RequestOptions,
  failed: (name: string, cause: unknown) => void,
): Witness | undefined {
  return onProgress || onInformational ? new Witness({ onProgress, onInformational }, failed) : undefined;
}

/** Tells the program how its exchange goes on; what the program's function throws ends the exchange. */
export class Witness {
  readonly #options: Pick<RequestOptions, "onProgress" | "onInformational">;
  readonly #failed: (name: string, cause: unknown) => void;

  constructor(options: Pick<RequestOptions, "onProgress" | "onInformational">, failed: (name: string, cause: unknown) => void) {
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

  #call(name: string, tell: () => unknown): void {
    try {
      const result = tell();
      // Of an async function: nobody else would hear of its failure.
      if (result instanceof Promise) result.catch((cause: unknown) => this.#failed(name, cause));
    } catch (cause) {
      this.#failed(name, cause);
    }
  }
}
