/** For tests: values of the protocol from plain ones. */
import { type Address, type Bytes, parseAddress } from "@keypears/protocol";

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`no address: ${text}`);
  return parsed;
}

export function filled(length: number, byte: number): Bytes {
  return new Uint8Array(length).fill(byte);
}
