/** The words of what a program has thrown, for a message. That may be anything; some things cannot even be made into text. */
export function says(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "something that is no error and no text";
  }
}
