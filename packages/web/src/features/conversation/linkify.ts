/** Links in a text. Only whole addresses of the web count: a text never becomes anything else than text and such links. */

export interface Piece {
  readonly text: string;
  readonly isLink: boolean;
}

const ADDRESS = /https?:\/\/[^\s<>"'`\\^{|}]+/giu;

/** A text in pieces, which together are the text. Signs that end a sentence are not part of a link. */
export function linkify(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const link = withoutEnd(found);
    if (!URL.canParse(link)) continue;
    if (index > done) pieces.push({ text: text.slice(done, index), isLink: false });
    pieces.push({ text: link, isLink: true });
    done = index + link.length;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), isLink: false });
  return pieces;
}

/** A link without the signs after it that belong to the sentence; a closing bracket stays where it was opened. */
function withoutEnd(link: string): string {
  let end = link.length;
  for (; end > 0; end--) {
    const last = link[end - 1] ?? "";
    if (last === ")" && link.slice(0, end).includes("(")) break;
    if (!/[.,:;!?)\]…]/u.test(last)) break;
  }
  return link.slice(0, end);
}
