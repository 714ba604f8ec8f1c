/** The longest name SPIFFS keeps, in bytes: SPIFFS_OBJ_NAME_LEN 32 with the final NUL (app/include/user_config.h). */
export const MAX_NAME_BYTES = 31;

/** A path without "/FLASH/" before it: that is the file system's own name (app/platform/vfs.c). */
export const withoutVolume = (path: string): string => path.replace(/^\/FLASH\//, "");

/**
 * True for a name that a file can have: 1–31 bytes, and safe below a folder of the desktop. SPIFFS would also take ".." or "/x" as plain
 * bytes; here each part between slashes must be a real name, so that a flat name is a path and never leads out of the folder.
 */
export function isLegalName(name: string): boolean {
  if (name.length === 0 || name.length > MAX_NAME_BYTES) return false;
  if (/[\0\\]/.test(name) || /^[A-Za-z]:/.test(name)) return false;
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
