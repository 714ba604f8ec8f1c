/** The command line cannot be understood or names something that is not there: exit 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
