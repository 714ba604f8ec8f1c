import { escapeHtml } from "./text.ts";

/** The body of status 418 (RFC 2324 §2.3.2). */
export const TEAPOT = `
            ( (
             ) )
          .------.
    __   /        \\___
   (  '-|  teapot  |  )
    '--.|          |_/
        \\________/
`;

/** A page for /html. */
export const NOVEL_PAGE = `<!DOCTYPE html>
<html>
  <head>
    <title>Moby-Dick</title>
  </head>
  <body>
    <h1>Herman Melville - Moby-Dick</h1>
    <p>Call me Ishmael.</p>
  </body>
</html>
`;

/** A page for /encoding/utf8: sequences of one to four bytes from many scripts. */
export const UTF8_PAGE = `<h1>UTF-8</h1>
<pre>
one byte     the quick brown fox, 0123456789
Latin        àéîõü ßøł ğőž
Greek        αβγδε ΩΨΧ
Cyrillic     абвгд ЖШЯ
Armenian     աբգդ
Hebrew       אבגד
Arabic       ابتث
Devanagari   अआइई
Thai         กขคง
Georgian     აბგდ
Hangul       가나다라
Kana         あいう アイウ
Han          一二三水火山
symbols      € № ™ ∀ ∃ ∑ √ ≠ ≤ ∞ → ⇒
boxes        ┌─┬─┐ │ │ └─┴─┘ ░▒▓█
combining    é ñ å
four bytes   𝐀𝐁𝐂 𐌰𐌱𐌲 😀🚀🌍
</pre>
`;

/** The landing page, which lists these paths. */
export function landingPage(paths: readonly string[]): string {
  const items = paths.map((path) => `    <li><code>${escapeHtml(path)}</code></li>`).join("\n");
  return `<!DOCTYPE html>
<html>
<head>
  <meta charset="utf-8">
  <title>httpbin, embedded</title>
</head>
<body>
  <h1>httpbin, embedded</h1>
  <p>A server on this machine that answers HTTP requests by describing them. It knows these paths:</p>
  <ul>
${items}
  </ul>
</body>
</html>
`;
}

/** The body of /robots.txt. */
export const ROBOTS = "User-agent: *\nDisallow: /deny\n";
