import type { Expectation, JsonError } from "./reader.ts";

/** Errors of the jsonsl parser in sjson, by the names it reports (jsonsl_strerror in app/sjson/jsonsl.c). */
const BY_FOUND: Readonly<Record<JsonError["found"], string | undefined>> = {
  "invalid token": "SPECIAL_EXPECTED",
  "invalid number": "INVALID_NUMBER",
  "invalid escape code": "ESCAPE_INVALID",
  "invalid unicode escape code": "UESCAPE_TOOSHORT",
  "control character in string": "WEIRD_WHITESPACE",
  "unexpected end of string": undefined,
  T_END: undefined,
  T_COMMA: "STRAY_TOKEN",
  T_COLON: "STRAY_TOKEN",
  T_OBJ_BEGIN: "CANT_INSERT",
  T_ARR_BEGIN: "CANT_INSERT",
  T_OBJ_END: "BRACKET_MISMATCH",
  T_ARR_END: "BRACKET_MISMATCH",
  T_STRING: "STRAY_TOKEN",
  T_NUMBER: "CANT_INSERT",
  T_BOOLEAN: "CANT_INSERT",
  T_NULL: "CANT_INSERT",
};

/** The cases where it matters what was expected; the others follow from what was found. */
const BY_BOTH: Readonly<Partial<Record<`${Expectation}, ${JsonError["found"]}`, string>>> = {
  "value, T_ARR_END": "TRAILING_COMMA",
  "value, T_OBJ_END": "VALUE_EXPECTED",
  "object key string, T_OBJ_END": "TRAILING_COMMA",
  "object key string, T_NUMBER": "HKEY_EXPECTED",
  "object key string, T_BOOLEAN": "HKEY_EXPECTED",
  "object key string, T_NULL": "HKEY_EXPECTED",
  "object key string, T_OBJ_BEGIN": "HKEY_EXPECTED",
  "object key string, T_ARR_BEGIN": "HKEY_EXPECTED",
  "colon, T_STRING": "MISSING_TOKEN",
};

/** The message sjson.decode raises. A text that ends too early is no parse error: the parser just waits for more. */
export function sjsonMessage(error: JsonError): string {
  const name = BY_BOTH[`${error.expected}, ${error.found}`] ?? BY_FOUND[error.found];
  return name === undefined ? INCOMPLETE : `JSON parse error: ${name}`;
}

export const INCOMPLETE = "Incomplete JSON object passed to sjson.decode";
