/**
 * Searching what only this device can read: page by page, with one page in memory.
 * @module
 */
import type { Address } from "@keypears/protocol";
import { type Engine, self } from "../engine.ts";
import { everyPeer } from "./inbox.ts";
import { readPage } from "./read.ts";
import type { MessageView } from "./views.ts";

/**
 * Messages whose text has `text` in it, whatever the case and the form of the characters: conversation by conversation, the
 * newest first. Nothing for an empty text.
 */
export async function* search(
  engine: Engine,
  options: {
    readonly text: string;
    readonly peer?: Address;
    readonly signal?: AbortSignal | undefined;
  },
): AsyncGenerator<MessageView, void, undefined> {
  const { peer, signal } = options;
  const needle = fold(options.text);
  if (needle === "") return;
  const peers = peer === undefined ? everyPeer(engine, signal) : [peer];
  for await (const one of peers) {
    let before: number | null = null;
    do {
      const me = await self(engine);
      const { opened, next } = await readPage(engine, me, { peer: one, before, signal });
      for (const { view } of opened.toReversed()) {
        if (view.text !== null && fold(view.text).includes(needle)) yield view;
      }
      before = next;
    } while (before !== null);
  }
}

/** What two texts have in common that look the same to somebody who searches. */
function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
