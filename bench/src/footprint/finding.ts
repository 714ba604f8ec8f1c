/** What was found of memory, start and size, and what it may be at most. */
export interface Finding {
  readonly what: string;
  readonly unit: "MB" | "bytes" | "kB" | "packages" | "of undici's";
  readonly atMost: number;
  /** Undefined where it could not be measured. */
  readonly value: number | undefined;
  /** Why not; or what the figure was made of. */
  readonly note: string;
}

/** A figure with a word about where it comes from. */
export interface Figure {
  readonly value: number;
  readonly note: string;
}

/** Runs the measurement; what it throws is the note of a finding without value. */
export async function find(limit: Pick<Finding, "what" | "unit" | "atMost">, measure: () => Promise<Figure>): Promise<Finding> {
  try {
    return { ...limit, ...(await measure()) };
  } catch (error) {
    return { ...limit, value: undefined, note: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether it is as small as it may be. */
export const keeps = ({ value, atMost }: Finding): boolean => value !== undefined && value <= atMost;
