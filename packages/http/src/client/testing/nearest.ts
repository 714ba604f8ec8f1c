import { redactUrl } from "../errors/redact.ts";

/** Something that could have answered a request. */
export interface Candidate {
  /** Such as `GET http://device.example/`. */
  readonly words: string;
  readonly method: string | undefined;
  /** Whether it is for that URL; the text is what stands for it when it is compared. */
  readonly isFor: boolean;
  readonly text: string;
  /** Why it did not answer although it is for the request. */
  readonly obstacle: string;
}

/** Candidates that are listed. */
const LISTED = 20;

/** What there is for a request that nothing answers, and what comes nearest to it. */
export function missWords({ method, url }: { method: string; url: string }, candidates: readonly Candidate[]): string {
  if (candidates.length === 0) return "there is none for any request.";
  const near = candidates.map((candidate) => ({ candidate, score: nearness(candidate, { method, url }) }));
  const [best] = near.toSorted((one, other) => other.score - one.score);
  const nearest = best && best.score > 0 ? ` The nearest is ${best.candidate.words}: ${difference(best.candidate, method)}.` : "";
  const listed = candidates.slice(0, LISTED).map(({ words }) => words);
  const more = candidates.length > LISTED ? [`${candidates.length - LISTED} more`] : [];
  return `there are answers for ${[...listed, ...more].join(", ")}.${nearest}`;
}

function difference({ isFor, method, obstacle }: Candidate, asked: string): string {
  if (!isFor) return "its URL is another one";
  return method !== undefined && method !== asked ? "its method is another one" : obstacle;
}

function nearness({ isFor, method, text }: Candidate, asked: { method: string; url: string }): number {
  const sameMethod = method === undefined || method === asked.method;
  if (isFor) return sameMethod ? 3 : 2;
  if (!text.startsWith(new URL(asked.url).origin)) return 0;
  return commonLength(text, asked.url) / asked.url.length + (sameMethod ? 0.5 : 0);
}

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

/** A request in a message. */
export const requestWords = ({ method, url }: { method: string; url: string }): string => `${method} ${redactUrl(url)}`;
