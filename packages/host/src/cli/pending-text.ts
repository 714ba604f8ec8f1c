const isRequest = (name: string): boolean => /^\S+ https?:/i.test(name);

/** `2 sockets to HOST`: the plural is that of what comes before "to". */
function count(number: number, name: string): string {
  return number === 1 ? `1 ${name}` : `${number} ${name.replace(/(?= to |$)/, "s")}`;
}

/** What a run waits for, in words: `1 timer, 1 request (GET http://…)`. */
export function pendingText(names: readonly string[]): string {
  const requests = names.filter(isRequest);
  const others = new Map<string, number>();
  for (const name of names) if (!isRequest(name)) others.set(name, (others.get(name) ?? 0) + 1);
  const parts = Array.from(others, ([name, number]) => count(number, name));
  if (requests.length > 0) parts.push(`${count(requests.length, "request")} (${requests.join(", ")})`);
  return parts.join(", ");
}
