import { cloneElement, createElement } from "react";
import type { ReactElement } from "react";

/** A component's own element, or in its place the one that it was given, such as a link: with the same properties and content. */
export function elementOf(
  render: ReactElement | undefined,
  tag: string,
  properties: Record<string, unknown>,
): ReactElement {
  return render === undefined ? createElement(tag, properties) : cloneElement(render, properties);
}
