import type { ByteString, LuaInput } from "../../lua/index.ts";
import { JsonLexer, LexicalError } from "./lexer.ts";
import type { LexicalFault, Token, TokenType } from "./lexer.ts";

/** What the grammar wanted, in cjson's words. */
export type Expectation = "value" | "object key string" | "colon" | "comma or object end" | "comma or array end" | "the end";

/** A JSON text that is none. */
export class JsonError extends Error {
  override readonly name: string = "JsonError";
  readonly expected: Expectation;
  readonly found: TokenType | LexicalFault;
  /** Offset in bytes. */
  readonly at: number;

  constructor(expected: Expectation, found: TokenType | LexicalFault, at: number) {
    super(`Expected ${expected} but found ${found} at character ${at + 1}`);
    this.expected = expected;
    this.found = found;
    this.at = at;
  }
}

/** A value of a JSON text as Lua will see it; `N` stands for null. */
export type JsonValue<N> = N | boolean | number | ByteString | JsonValue<N>[] | Map<ByteString, JsonValue<N>>;

export interface ReaderOptions<N> {
  readonly null: N;
  /** Called with the level of each value, 1 for the outermost: throws where the decoder's limit is. */
  readonly checkLevel: (level: number, token: Token) => void;
}

/** Reads RFC 8259's grammar, strictly, from bytes. */
export class JsonReader<N extends LuaInput> {
  readonly #lexer: JsonLexer;
  readonly #options: ReaderOptions<N>;

  constructor(text: ByteString, options: ReaderOptions<N>) {
    this.#lexer = new JsonLexer(text);
    this.#options = options;
  }

  /**
   * The first value of the text.
   * @throws JsonError
   */
  read(): JsonValue<N> {
    return this.#value(this.#next("value"), 1);
  }

  /**
   * Nothing may follow.
   * @throws JsonError
   */
  end(): void {
    this.#expect("T_END", "the end");
  }

  #value(token: Token, level: number): JsonValue<N> {
    this.#options.checkLevel(level, token);
    if (token.type === "T_OBJ_BEGIN") return this.#object(level);
    if (token.type === "T_ARR_BEGIN") return this.#array(level);
    if (token.type === "T_NULL") return this.#options.null;
    if (token.value === undefined) throw new JsonError("value", token.type, token.at);
    return token.value;
  }

  #object(level: number): Map<ByteString, JsonValue<N>> {
    const members = new Map<ByteString, JsonValue<N>>();
    let token = this.#next("object key string");
    if (token.type === "T_OBJ_END") return members;
    for (;;) {
      if (token.type !== "T_STRING") throw new JsonError("object key string", token.type, token.at);
      this.#expect("T_COLON", "colon");
      members.set(String(token.value), this.#value(this.#next("value"), level + 1));
      if (this.#separator("T_OBJ_END", "comma or object end")) return members;
      token = this.#next("object key string");
    }
  }

  #array(level: number): JsonValue<N>[] {
    const elements: JsonValue<N>[] = [];
    let token = this.#next("value");
    if (token.type === "T_ARR_END") return elements;
    for (;;) {
      elements.push(this.#value(token, level + 1));
      if (this.#separator("T_ARR_END", "comma or array end")) return elements;
      token = this.#next("value");
    }
  }

  /** True at the end of the container, false at a comma. */
  #separator(end: TokenType, expected: Expectation): boolean {
    const token = this.#next(expected);
    if (token.type !== end && token.type !== "T_COMMA") throw new JsonError(expected, token.type, token.at);
    return token.type === end;
  }

  #expect(type: TokenType, expected: Expectation): void {
    const token = this.#next(expected);
    if (token.type !== type) throw new JsonError(expected, token.type, token.at);
  }

  #next(expected: Expectation): Token {
    try {
      return this.#lexer.next();
    } catch (error) {
      if (error instanceof LexicalError) throw new JsonError(expected, error.fault, error.at);
      throw error;
    }
  }
}
