import type { ByteString } from "../../lua/index.ts";

/** What a JSON text is made of, by cjson's names, which its messages show (app/cjson). */
export type TokenType =
  | "T_OBJ_BEGIN"
  | "T_OBJ_END"
  | "T_ARR_BEGIN"
  | "T_ARR_END"
  | "T_COLON"
  | "T_COMMA"
  | "T_STRING"
  | "T_NUMBER"
  | "T_BOOLEAN"
  | "T_NULL"
  | "T_END";

export interface Token {
  readonly type: TokenType;
  /** Offset of its first byte. */
  readonly at: number;
  readonly value?: ByteString | number | boolean;
}

/** Bytes that are no token, in cjson's words. */
export type LexicalFault =
  | "invalid token"
  | "invalid number"
  | "invalid escape code"
  | "invalid unicode escape code"
  | "control character in string"
  | "unexpected end of string";

export class LexicalError extends Error {
  readonly fault: LexicalFault;
  readonly at: number;

  constructor(fault: LexicalFault, at: number) {
    super(fault);
    this.fault = fault;
    this.at = at;
  }
}

const PUNCTUATION: Readonly<Record<string, TokenType>> = {
  "{": "T_OBJ_BEGIN",
  "}": "T_OBJ_END",
  "[": "T_ARR_BEGIN",
  "]": "T_ARR_END",
  ":": "T_COLON",
  ",": "T_COMMA",
};

const WORDS: ReadonlyMap<string, Omit<Token, "at">> = new Map<string, Omit<Token, "at">>([
  ["true", { type: "T_BOOLEAN", value: true }],
  ["false", { type: "T_BOOLEAN", value: false }],
  ["null", { type: "T_NULL" }],
]);

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

const WHITESPACE = /[ \t\n\r]*/y;
const WORD = /[A-Za-z]+/y;
const NUMERIC = /[-+.0-9eE]+/y;
// RFC 8259 section 6.
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;
// RFC 8259 section 7, on bytes: whatever is above 0x7F passes, valid UTF-8 or not.
const UNESCAPED = /[ !#-[\]-\xff]*/y;
const HEX4 = /[0-9A-Fa-f]{4}/y;

/** Cuts a JSON text (RFC 8259) into tokens, one per call. */
export class JsonLexer {
  readonly #text: ByteString;
  #at = 0;

  constructor(text: ByteString) {
    this.#text = text;
  }

  /** @throws LexicalError */
  next(): Token {
    this.#take(WHITESPACE);
    const at = this.#at;
    const first = this.#text[at];
    if (first === undefined) return { type: "T_END", at };
    const punctuation = PUNCTUATION[first];
    if (punctuation !== undefined) {
      this.#at++;
      return { type: punctuation, at };
    }
    if (first === '"') return { type: "T_STRING", at, value: this.#string() };
    if (/[-+0-9]/.test(first)) return { type: "T_NUMBER", at, value: this.#number() };
    return { ...this.#word(), at };
  }

  #word(): Omit<Token, "at"> {
    const at = this.#at;
    const word = WORDS.get(this.#take(WORD));
    if (word === undefined) throw new LexicalError("invalid token", at);
    return word;
  }

  #number(): number {
    const at = this.#at;
    const digits = this.#take(NUMERIC);
    if (!NUMBER.test(digits)) throw new LexicalError("invalid number", at);
    return Number(digits);
  }

  #string(): ByteString {
    const start = this.#at++;
    let text = this.#take(UNESCAPED);
    for (;;) {
      const stop = this.#text[this.#at];
      if (stop === undefined) throw new LexicalError("unexpected end of string", start);
      if (stop === '"') break;
      if (stop !== "\\") throw new LexicalError("control character in string", this.#at);
      text += this.#escape() + this.#take(UNESCAPED);
    }
    this.#at++;
    return text;
  }

  #escape(): ByteString {
    const at = this.#at++;
    const letter = this.#text[this.#at++];
    if (letter === undefined) throw new LexicalError("unexpected end of string", at);
    if (letter === "u") return encodeUtf8(this.#codePoint());
    const byte = ESCAPES[letter];
    if (byte === undefined) throw new LexicalError("invalid escape code", at);
    return byte;
  }

  /** The hex digits after \u, and those of a second \u when both are a surrogate pair. */
  #codePoint(): number {
    const first = this.#hex4();
    const after = this.#at;
    if (isHighSurrogate(first) && this.#text.startsWith("\\u", after)) {
      this.#at += 2;
      const second = this.#hex4();
      if (isLowSurrogate(second)) return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
      this.#at = after;
    }
    return first;
  }

  #hex4(): number {
    const digits = this.#take(HEX4);
    if (digits === "") throw new LexicalError("invalid unicode escape code", this.#at - 2);
    return Number.parseInt(digits, 16);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += match.length;
    return match;
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** A half of a surrogate pair is no character: "?", as sjson writes it (output_utf8 in app/modules/sjson.c). */
function encodeUtf8(codePoint: number): ByteString {
  if (codePoint >= 0xd800 && codePoint < 0xe000) return "?";
  return Buffer.from(String.fromCodePoint(codePoint), "utf8").toString("latin1");
}
