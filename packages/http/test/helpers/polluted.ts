const ROOT: object = Object.prototype;

/** Does the work while Object.prototype has these members. */
export async function polluted(members: Readonly<Record<PropertyKey, unknown>>, work: () => unknown): Promise<void> {
  const names = Reflect.ownKeys(members);
  for (const name of names)
    Reflect.defineProperty(ROOT, name, { value: Reflect.get(members, name), configurable: true, enumerable: true, writable: true });
  try {
    await work();
  } finally {
    for (const name of names) Reflect.deleteProperty(ROOT, name);
  }
}
