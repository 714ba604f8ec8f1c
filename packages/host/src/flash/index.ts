export type { FileMode, Flash, FlashFile, Whence } from "./flash.ts";
export { openFolderFlash } from "./folder-flash.ts";
export { MAX_NAME_BYTES, withoutVolume } from "./name.ts";
export { openOverlayFlash } from "./overlay-flash.ts";
