/** 2 runs before 1 before 0. */
export type Priority = 0 | 1 | 2;

export type Task = () => void;

/** The SDK's three task queues: first come first served within one priority. */
export class TaskQueue {
  readonly #queues: readonly [Task[], Task[], Task[]] = [[], [], []];

  get length(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.length, 0);
  }

  add(priority: Priority, task: Task): void {
    this.#queues[priority].push(task);
  }

  /** The task that is due next, removed from its queue. */
  take(): Task | undefined {
    return this.#queues.findLast((queue) => queue.length > 0)?.shift();
  }

  clear(): void {
    for (const queue of this.#queues) queue.length = 0;
  }
}
