const isRequest = (name: string): boolean => /^\S+ https?:/i.test(name);

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** What a run waits for, in words: `1 timer, 1 request (GET http://…)`. */
export function pendingText(names: readonly string[]): string {
  const requests = names.filter(isRequest);
  const others = new Map<string, number>();
  for (const name of names) if (!isRequest(name)) others.set(name, (others.get(name) ?? 0) + 1);
  const parts = Array.from(others, ([noun, number]) => count(number, noun));
  if (requests.length > 0) parts.push(`${count(requests.length, "request")} (${requests.join(", ")})`);
  return parts.join(", ");
}
