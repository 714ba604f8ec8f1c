/** What to do when a signal fires; one listener on the signal serves them all. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once when the signal fires; the result takes that back. However many requests share a signal, it carries one listener, and
 * none when no request is under way.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const callbacks = waiting.get(signal) ?? listen(signal);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size === 0 && waiting.get(signal) === callbacks) forget(signal);
  };
}

const listeners = new WeakMap<AbortSignal, () => void>();

function listen(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    forget(signal);
    for (const callback of callbacks) callback();
  };
  waiting.set(signal, callbacks);
  listeners.set(signal, listener);
  signal.addEventListener("abort", listener, { once: true });
  return callbacks;
}

function forget(signal: AbortSignal): void {
  const listener = listeners.get(signal);
  if (listener) signal.removeEventListener("abort", listener);
  listeners.delete(signal);
  waiting.delete(signal);
}
