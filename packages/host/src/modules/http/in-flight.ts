import type { Place } from "../../lua/index.ts";
import type { Diagnostic } from "../host.ts";

export interface Flight {
  /** `GET http://…`, without credentials. */
  readonly label: string;
  readonly place: Place | undefined;
}

/** The requests that wait for their responses. */
export class InFlight {
  readonly #flights = new Set<Flight>();
  /** Pairs of lines that have been told of: a poll that overlaps itself does so again and again. */
  readonly #told = new Set<string>();

  /** The result ends it. */
  begin(flight: Flight): () => void {
    this.#flights.add(flight);
    return () => void this.#flights.delete(flight);
  }

  /** What to say about a request that begins now; undefined when it is alone, or when its line and the earlier one's have been told of. */
  overlap(flight: Flight): Diagnostic | undefined {
    const earlier = [...this.#flights].at(-1);
    if (earlier === undefined || this.#isTold(earlier, flight)) return undefined;
    const count = this.#flights.size === 1 ? "another request is" : `${this.#flights.size} other requests are`;
    return {
      code: "concurrent-request",
      severity: "warning",
      message:
        `${flight.label} begins while ${count} in flight. Here each callback gets its own response. A device has one place for a callback: ` +
        "the later call's replaces the earlier one's, is called with whichever response comes first, and the other response is lost. " +
        "Start the next request in the callback of the one before.",
      place: flight.place,
      ...(earlier.place && { related: { place: earlier.place, message: `${earlier.label} is still in flight` } }),
    };
  }

  #isTold(...pair: readonly Flight[]): boolean {
    const lines = pair.map(({ place }) => (place ? `${place.file}:${place.line}` : "")).join(" ");
    const known = this.#told.has(lines);
    this.#told.add(lines);
    return known;
  }
}
