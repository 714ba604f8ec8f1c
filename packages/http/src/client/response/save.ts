import { HttpFailure, type Field } from "../../protocol/index.ts";
import { PartialFile } from "../../system/index.ts";
import { isHttpError } from "../errors/http-error.ts";
import type { Answer, AnswerBody } from "../exchange/answer.ts";

/** How a body is saved. */
export interface SaveOptions {
  /**
   * Takes up what an earlier run has left in `path.part`, and goes on by itself when the connection breaks. It takes a GET, a 200 without
   * Content-Encoding and a strong ETag or Last-Modified; without them it is as if this was not given. Default false.
   */
  readonly resume?: boolean | undefined;
}

/** What was saved. */
export interface Saved {
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Those among them that an earlier run had left. */
  readonly resumed: number;
}

/** What is saved, and how more of it is asked for. */
export interface SaveSource {
  readonly answer: Answer;
  /** Decoded. */
  readonly body: AnswerBody;
  /** The same request once more with other fields, redirects and all; its answer as it is, whatever its status. */
  readonly again: (fields: readonly Field[]) => Promise<Answer>;
}

/** Writes a body to a file, which is there when it is whole, and not before. On a failure nothing of it is left. */
export async function saveWhole({ answer, body }: SaveSource, path: string): Promise<Saved> {
  const file = await openedFor(answer, () => PartialFile.create(path));
  try {
    for await (const piece of body.chunks()) await explained(answer, () => file.append(piece));
    await explained(answer, () => file.finish());
    return { path, size: file.size, resumed: 0 };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Without a file nobody wants the body. */
export async function openedFor(answer: Answer, open: () => Promise<PartialFile>): Promise<PartialFile> {
  try {
    return await explained(answer, open);
  } catch (error) {
    answer.body.abandon();
    throw error;
  }
}

/** Failures of the file are told what is known of the request. */
export async function explained<Result>({ exchange }: Answer, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof HttpFailure && !isHttpError(error) ? exchange.explain(error) : error;
  }
}
